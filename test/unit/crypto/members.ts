import type { CallCrypto, PendingCommit } from "../../../web/core/call-crypto.ts";
import type { Epoch, MemberId, RoomId, Seq } from "../../../protocol/ids.ts";
import { fromBase64Url } from "../../../protocol/bytes.ts";
import { doorChangeCodec } from "../../../protocol/door-change.ts";
import type { HostLink } from "../../../protocol/host-link.ts";
import type { Mode } from "../../../protocol/policy.ts";
import type {
  EpochStep,
  FrameEpoch,
  FrameKeyring,
} from "../../../web/crypto-worker/frames/frame-keyring.ts";
import { createMemoryVault } from "../../../web/crypto-worker/keys/memory-vault.ts";
import type { KeyVault } from "../../../web/crypto-worker/keys/key-vault.ts";
import { createMlsEngine } from "../../../web/crypto-worker/mls/create-mls-engine.ts";
import { createCallCryptoSession } from "../../../web/crypto-worker/session.ts";
import { createManualClock, type ManualClock } from "../../support/manual-clock.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Throws what a refused `Result` says: for steps a test stands on and does not test. */
export function unwrap<Value>(
  result:
    | { readonly ok: true; readonly value: Value }
    | { readonly ok: false; readonly error: { readonly code: string } },
): Value {
  if (!result.ok) throw new Error(`expected ok, got ${result.error.code}`);
  return result.value;
}

/** A room that exists: what its creator's browser gave to the edge, and the secret of the link. */
export type TestRoom = { readonly roomId: RoomId; readonly secret: Bytes; readonly policy: Bytes };

export type InstalledEpoch = { readonly epoch: FrameEpoch; readonly step: EpochStep };

/** One member's session, with what it told its frames. */
export type Member = {
  readonly crypto: CallCrypto;
  readonly vault: KeyVault;
  readonly memberId: MemberId;
  readonly installed: readonly InstalledEpoch[];
};

export async function makeRoom(
  vault = createMemoryVault(),
  mode: Mode = "open",
): Promise<TestRoom> {
  const { crypto } = newSession(vault, createManualClock());
  const made = unwrap(await crypto.newRoom({ mode }));
  const policy = fromBase64Url(made.body.sealedPolicy);
  if (policy === undefined) throw new Error("expected base64url");
  return { roomId: made.roomId, secret: made.secret, policy };
}

function newSession(
  vault: KeyVault,
  clock: ManualClock,
): { crypto: CallCrypto; installed: InstalledEpoch[] } {
  const installed: InstalledEpoch[] = [];
  const frames: FrameKeyring = {
    install: (epoch, step) => {
      installed.push({ epoch, step });
    },
    bindLink: () => undefined,
    confirmEpoch: () => undefined,
    clear: () => undefined,
  };
  return {
    crypto: createCallCryptoSession({ engine: createMlsEngine(), vault, clock, frames }),
    installed,
  };
}

/** A person's session in a room, not in the call yet. `fingerprint` fills its DTLS fingerprint. */
export async function enterRoom(
  room: TestRoom,
  {
    clock = createManualClock(),
    vault = createMemoryVault(),
    fingerprint = 7,
    policyFloor = 0,
    hostLink = undefined as HostLink | undefined,
  } = {},
): Promise<Member> {
  const { crypto, installed } = newSession(vault, clock);
  const { roomId, secret } = room;
  const dtlsFingerprint = new Uint8Array(32).fill(fingerprint);
  const opened = unwrap(
    await crypto.openRoom({ roomId, secret, dtlsFingerprint, policyFloor, hostLink }),
  );
  return { crypto, vault, memberId: opened.memberId, installed };
}

/** The log of one call, as an honest room keeps it, and its members: every commit is judged by all others. */
export type TestCall = {
  readonly room: TestRoom;
  readonly members: readonly Member[];
  /** None where one must be admitted. */
  readonly groupInfo: Bytes | undefined;
  readonly entries: readonly Entry[];
};
export type Entry = {
  readonly seq: Seq;
  readonly epoch: Epoch;
  readonly commit: Bytes;
  readonly doorChange?: Bytes | undefined;
};

export async function startCall(room: TestRoom, creator: Member): Promise<TestCall> {
  const { groupInfo } = unwrap(await creator.crypto.createGroup(room.policy));
  return { room, members: [creator], groupInfo, entries: [] };
}

/** The room takes `pending`; `by` installs it, all others judge it. Somebody new is added to the members, who is removed is one no more, and the room's policy and link are those after it. */
export async function take(call: TestCall, by: Member, pending: PendingCommit): Promise<TestCall> {
  const entry = {
    seq: (call.entries.length + 1) as Seq,
    epoch: pending.epoch,
    commit: pending.commit,
    doorChange: pending.doorChange,
  };
  const { newSecret } = await by.crypto.installPending();
  const stay: Member[] = [];
  for (const member of call.members) {
    if (member === by) continue;
    const verdict = await member.crypto.judge(entry);
    if (verdict.type !== "applied")
      throw new Error(`expected applied, got ${JSON.stringify(verdict)}`);
    const isIn = verdict.view.members.some(({ memberId }) => memberId === member.memberId);
    if (isIn) stay.push(member);
  }
  const members = call.members.filter((member) => member === by || stay.includes(member));
  const door = pending.doorChange && unwrap(doorChangeCodec.decode(pending.doorChange));
  const { room } = call;
  return {
    room: {
      ...room,
      policy: door?.sealedPolicy ?? room.policy,
      secret: newSecret ?? room.secret,
    },
    members: call.members.includes(by) ? members : [...members, by],
    groupInfo: pending.groupInfo,
    entries: [...call.entries, entry],
  };
}

/** What the lobby of an open room offers. */
export function offerOf({ groupInfo, room }: TestCall): { groupInfo: Bytes; policy: Bytes } {
  if (groupInfo === undefined) throw new Error("expected a GroupInfo");
  return { groupInfo, policy: room.policy };
}

export async function join(call: TestCall, newcomer: Member): Promise<TestCall> {
  const pending = unwrap(await newcomer.crypto.prepareJoin(offerOf(call)));
  return take(call, newcomer, pending);
}

/** A call of `size` people, the creator first; with the vault of the room's host, the creator is that host. */
export async function callOf(
  size: number,
  { clock = createManualClock(), hostVault = undefined as KeyVault | undefined } = {},
): Promise<TestCall & { readonly clock: ManualClock }> {
  const room = await makeRoom(hostVault);
  const creator = { clock, fingerprint: 1, vault: hostVault ?? createMemoryVault() };
  let call = await startCall(room, await enterRoom(room, creator));
  for (let person = 2; person <= size; person += 1)
    call = await join(call, await enterRoom(room, { clock, fingerprint: person }));
  return { ...call, clock };
}

/** The nth member; a test that asks for one that is not there is wrong. */
export function nth(call: TestCall, index: number): Member {
  const member = call.members[index];
  if (member === undefined) throw new Error(`expected a member ${index}`);
  return member;
}
