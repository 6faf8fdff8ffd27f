import { toBase64Url } from "../../../protocol/bytes.ts";
import {
  deriveMemberId,
  deriveRoomId,
  type GroupId,
  type MemberId,
  type RoomId,
} from "../../../protocol/ids.ts";
import { encodeLeafCredential, leafBoundBytes } from "../../../protocol/leaf-credential.ts";
import { type Delegation, delegationBoundBytes, type Role } from "../../../protocol/delegation.ts";
import {
  type GroupPolicy,
  groupPolicyCodec,
  policyBoundBytes,
  signedPolicyCodec,
} from "../../../protocol/policy.ts";
import { type Ticket, ticketBoundBytes } from "../../../protocol/ticket.ts";
import type { Result } from "../../../protocol/result.ts";
import type { MlsGroup, SelfLeaf } from "../../../web/core/mls-engine.ts";
import { createMlsEngine } from "../../../web/crypto-worker/mls/create-mls-engine.ts";

export type Bytes = Uint8Array<ArrayBuffer>;
export const engine = createMlsEngine();

export type KeyPair = { readonly privateKey: CryptoKey; readonly publicKey: Bytes };

/** An Ed25519 key whose private half can't leave WebCrypto, as in a browser profile. */
export async function makeKeyPair(): Promise<KeyPair> {
  const pair = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
  const raw = await crypto.subtle.exportKey("raw", pair.publicKey);
  return { privateKey: pair.privateKey, publicKey: new Uint8Array(raw) };
}

export const sign = async (key: KeyPair, bytes: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.sign("Ed25519", key.privateKey, bytes));

/** One profile on one device: what makes a leaf. */
export type Person = {
  readonly identity: KeyPair;
  readonly device: KeyPair;
  readonly memberId: MemberId;
};

export async function makePerson(parts: Partial<Omit<Person, "memberId">> = {}): Promise<Person> {
  const identity = parts.identity ?? (await makeKeyPair());
  const device = parts.device ?? (await makeKeyPair());
  return { identity, device, memberId: await deriveMemberId(device.publicKey) };
}

export const makeGroupId = (): GroupId =>
  toBase64Url(crypto.getRandomValues(new Uint8Array(16))) as GroupId;

/** A room with its host key, which signs policies. */
export type Room = {
  readonly hostKey: KeyPair;
  readonly roomId: RoomId;
  readonly groupId: GroupId;
};

export async function makeRoom(): Promise<Room> {
  const hostKey = await makeKeyPair();
  return { hostKey, roomId: await deriveRoomId(hostKey.publicKey), groupId: makeGroupId() };
}

export async function makeSelf(
  room: Pick<Room, "roomId" | "groupId">,
  person: Person,
  fingerprintByte = 7,
): Promise<SelfLeaf> {
  const identityKey = person.identity.publicKey;
  const bound = leafBoundBytes(room.roomId, room.groupId, identityKey);
  const credential = encodeLeafCredential({
    roomDeviceKey: person.device.publicKey,
    dtlsFingerprint: new Uint8Array(32).fill(fingerprintByte),
    ticketKey: new Uint8Array(32).fill(3),
    deviceSignature: await sign(person.device, bound),
  });
  return { signingKey: person.identity.privateKey, identityKey, credential };
}

export const makePolicy = (room: Room, changes: Partial<GroupPolicy> = {}): GroupPolicy => ({
  roomId: room.roomId,
  serial: 0,
  mode: "open",
  locked: false,
  bans: [],
  roles: [],
  capacity: 16,
  ...changes,
});

export async function signPolicy(
  room: Room,
  policy: GroupPolicy,
  delegate?: { readonly key: KeyPair; readonly delegation: Delegation },
): Promise<Bytes> {
  const body = groupPolicyCodec.encode(policy);
  const signer = delegate?.key ?? room.hostKey;
  const signature = await sign(signer, policyBoundBytes("group", room.roomId, body));
  return signedPolicyCodec.encode({
    body,
    signer: signer.publicKey,
    signature,
    ...(delegate === undefined ? {} : { delegation: delegate.delegation }),
  });
}

export async function makeDelegation(
  room: Room,
  key: KeyPair,
  role: Role,
  serial: number,
): Promise<Delegation> {
  const given = { delegateKey: key.publicKey, role, serial, expiresAtSec: 2_000_000_000 };
  const bound = delegationBoundBytes(room.roomId, given);
  return {
    ...given,
    hostKey: room.hostKey.publicKey,
    signature: await sign(room.hostKey, bound),
  };
}

/** A ticket of this room's host for a person, or of a delegate, changed as a forger likes. */
export async function makeTicket(
  room: Room,
  person: Person,
  by: { readonly key?: KeyPair; readonly delegation?: Delegation } = {},
): Promise<Ticket> {
  const naming = {
    groupId: room.groupId,
    identityKey: person.identity.publicKey,
    ticketKey: new Uint8Array(32).fill(3),
  };
  const signer = by.key ?? room.hostKey;
  return {
    ...naming,
    signer: signer.publicKey,
    signature: await sign(signer, ticketBoundBytes(room.roomId, naming)),
    delegation: by.delegation,
  };
}

/** The value, or a failed test that names the code. */
export function expectOk<Value>(result: Result<Value, { readonly code: string }>): Value {
  if (!result.ok) throw new Error(`expected success, got ${result.error.code}`);
  return result.value;
}

export const codeOf = (result: Result<unknown, { readonly code: string }>): string =>
  result.ok ? "passed" : result.error.code;

/** Judges a commit that must pass and leave the judge in the group. */
export async function apply(group: MlsGroup, commit: Bytes): Promise<MlsGroup> {
  const judged = expectOk(await engine.judgeCommit(group, commit));
  if (judged.type === "removed") throw new Error("expected to go on, was removed");
  return judged.group;
}

export type Call = {
  readonly room: Room;
  readonly people: readonly Person[];
  /** Each person's group, all at one epoch; person n has leaf n. */
  readonly groups: readonly MlsGroup[];
};

/** A call of `size` people, made by one creation and external joins. */
export async function makeCall(
  size: number,
  options: {
    readonly room?: Room;
    readonly policy?: Partial<GroupPolicy>;
    readonly people?: readonly Person[];
  } = {},
): Promise<Call> {
  const room = options.room ?? (await makeRoom());
  const people = [...(options.people ?? [])];
  while (people.length < size) people.push(await makePerson());
  const signedPolicy = await signPolicy(room, makePolicy(room, options.policy));
  const [creator, ...joiners] = people;
  if (creator === undefined) throw new Error("expected at least one person");
  const created = expectOk(
    await engine.createGroup({ ...room, signedPolicy, self: await makeSelf(room, creator) }),
  );
  let groups: readonly MlsGroup[] = [created.group];
  let { groupInfo } = created;
  for (const joiner of joiners) {
    const self = await makeSelf(room, joiner);
    const pending = expectOk(
      await engine.joinByExternalCommit({ ...room, groupInfo, self, policyFloor: 0 }),
    );
    const applied = await Promise.all(groups.map((group) => apply(group, pending.commit)));
    groups = [...applied, pending.group];
    ({ groupInfo } = pending);
  }
  return { room, people, groups };
}

/** Person n's group. */
export function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new Error(`expected an item at ${index}`);
  return item;
}

export const exporterValue = async (group: MlsGroup): Promise<string> =>
  toBase64Url(await engine.exportSecret(group, "sotto fork v1", new Uint8Array(), 32));
