import { beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../../protocol/bytes.ts";
import { type DoorChange, doorChangeCodec } from "../../../protocol/door-change.ts";
import type { RoomId } from "../../../protocol/ids.ts";
import type { DoorPolicy, GroupPolicy } from "../../../protocol/policy.ts";
import { doorPolicyCodec, policyBoundBytes, signedPolicyCodec } from "../../../protocol/policy.ts";
import { doorPolicyOf } from "../../../protocol/policy-change.ts";
import type { MlsGroup } from "../../../web/core/mls-engine.ts";
import { createMemoryVault } from "../../../web/crypto-worker/keys/memory-vault.ts";
import { sign } from "../../../web/crypto-worker/keys/signing-key.ts";
import { judgeDoorChange } from "../../../web/crypto-worker/session/door-judge.ts";
import { openLink } from "../../../web/crypto-worker/session/link-ring.ts";
import { openRoomKeys, type RoomKeys } from "../../../web/crypto-worker/session/room-keys.ts";
import { sealSecret } from "../../../web/crypto-worker/session/rotation.ts";
import { sealPolicy } from "../../../web/crypto-worker/session/sealed-content.ts";
import {
  at,
  type Bytes,
  type Call,
  engine,
  expectOk,
  type KeyPair,
  makeCall,
  makeDelegation,
  makeKeyPair,
  makePolicy,
  signPolicy,
} from "../mls/group-fixture.ts";

const oldSecret = new Uint8Array(16).fill(1);
const newSecret = new Uint8Array(16).fill(2);

let call: Call;
let before: MlsGroup;
let coHostKey: KeyPair;
let room: RoomKeys;
beforeAll(async () => {
  coHostKey = await makeKeyPair();
  call = await makeCall(2, { policy: { roles } });
  before = at(call.groups, 0);
  const opened = await openRoomKeys(createMemoryVault(), {
    roomId: call.room.roomId,
    secret: oldSecret,
    dtlsFingerprint: new Uint8Array(32),
    policyFloor: 0,
  });
  room = expectOk(opened);
  room.links.learn(0);
});
const roles: GroupPolicy["roles"] = [{ role: "co-host", delegationSerial: 3 }];

const signDoor = async (policy: DoorPolicy, key: KeyPair = call.room.hostKey): Promise<Bytes> => {
  const body = doorPolicyCodec.encode(policy);
  const signature = await sign(key, policyBoundBytes("door", call.room.roomId, body));
  const delegation =
    key === call.room.hostKey ? undefined : await makeDelegation(call.room, key, "co-host", 3);
  return signedPolicyCodec.encode({ body, signer: key.publicKey, signature, delegation });
};

/** A commit of the host, or of a hostile one, and what goes beside it. */
async function made(
  options: {
    readonly changes?: Partial<GroupPolicy>;
    readonly door?: (honest: DoorPolicy) => DoorPolicy;
    readonly doorKey?: KeyPair;
    readonly secret?: Bytes;
  } = {},
) {
  const { changes = { locked: true }, door = (honest) => honest, secret } = options;
  const policy = makePolicy(call.room, { roles, serial: 1, ...changes });
  const signedPolicy = await signPolicy(call.room, policy);
  const link = await openLink(secret ?? oldSecret);
  const honest = doorPolicyOf(policy, link.accessHash);
  const doorPolicy = await signDoor(door(honest), options.doorKey);
  const pending = expectOk(
    await engine.commitPolicy(before, {
      signedPolicy,
      doorPolicyHash: await sha256(doorPolicy),
      removes: [],
    }),
  );
  const change: DoorChange = {
    doorPolicy,
    sealedPolicy: await sealPolicy(call.room.roomId, link.envelopeKey, { policy, signedPolicy }),
    sealedSecret: secret && (await sealSecret(engine, pending.group, secret)),
  };
  return { pending, policy, signedPolicy, change };
}
type Made = Awaited<ReturnType<typeof made>>;

const verdict = async ({ pending }: Made, change: DoorChange | Bytes | undefined) => {
  const doorChange =
    change === undefined || change instanceof Uint8Array ? change : doorChangeCodec.encode(change);
  const { doorPolicyHash } = pending.change;
  const after = pending.group;
  const judged = await judgeDoorChange({ engine, room, before, after, doorPolicyHash, doorChange });
  return judged.ok ? (judged.value?.secret ?? "same link") : judged.error.code;
};

describe("what goes to the door beside a commit", () => {
  it("[DOOR-2] passes where it says what the commit says", async () => {
    const honest = await made();
    expect(await verdict(honest, honest.change)).toBe("same link");
  });

  it("[DOOR-2] that is missing, cut, or of another commit is refused", async () => {
    const honest = await made();
    const other = await made({ changes: { mode: "knock" } });
    expect(await verdict(honest, undefined)).toBe("door-change-missing");
    const cut = doorChangeCodec.encode(honest.change).slice(0, -1);
    expect(await verdict(honest, cut)).toBe("door-change-malformed");
    expect(await verdict(honest, other.change)).toBe("door-policy-invalid");
  });

  it("[DOOR-1] beside a commit that changes no policy is refused", async () => {
    const honest = await made();
    const pending = expectOk(await engine.commitUpdate(before));
    expect(await verdict({ ...honest, pending }, honest.change)).toBe("door-change-unexpected");
    expect(await verdict({ ...honest, pending }, undefined)).toBe("same link");
  });

  it("[DOOR-2] whose door policy says otherwise is refused, whoever signed it", async () => {
    const lies: readonly ((honest: DoorPolicy) => DoorPolicy)[] = [
      (honest) => ({ ...honest, locked: false }),
      (honest) => ({ ...honest, mode: "knock" }),
      (honest) => ({ ...honest, serial: 2 }),
      (honest) => ({ ...honest, capacity: 1 }),
      (honest) => ({ ...honest, roles: [] }),
      (honest) => ({ ...honest, bannedMemberIds: [at(call.people, 1).memberId] }),
      (honest) => ({ ...honest, link: { generation: 1, accessHash: new Uint8Array(32) } }),
    ];
    for (const door of lies) {
      const lying = await made({ door });
      expect(await verdict(lying, lying.change)).toBe("door-policy-differs");
    }
  });

  it("[DOOR-2] whose door policy another signer signed is refused", async () => {
    const mixed = await made({ doorKey: coHostKey });
    expect(await verdict(mixed, mixed.change)).toBe("door-policy-invalid");
  });

  it("[DOOR-2] whose door policy nobody may sign is refused", async () => {
    const forged = await made({ doorKey: at(call.people, 0).identity });
    const { doorPolicy } = forged.change;
    const record = expectOk(signedPolicyCodec.decode(doorPolicy));
    const bare = signedPolicyCodec.encode({ ...record, delegation: undefined });
    expect(await verdict(forged, { ...forged.change, doorPolicy: bare })).toBe(
      "door-policy-invalid",
    );
    expect(await verdict(forged, forged.change)).toBe("door-policy-invalid");
  });

  it("[DOOR-2] whose sealed policy is another, under another link, or rubbish is refused", async () => {
    const honest = await made();
    const other = await made({ changes: { mode: "knock" } });
    const { envelopeKey } = await openLink(newSecret);
    const { policy, signedPolicy } = honest;
    const seal = (roomId: RoomId, key: CryptoKey) =>
      sealPolicy(roomId, key, { policy, signedPolicy });
    for (const sealedPolicy of [
      other.change.sealedPolicy,
      await seal(call.room.roomId, envelopeKey),
      await seal("AAAAAAAAAAAAAAAAAAAAAA" as RoomId, room.links.current().envelopeKey),
      new Uint8Array(40),
    ]) {
      expect(await verdict(honest, { ...honest.change, sealedPolicy })).toBe(
        "sealed-policy-differs",
      );
    }
  });
});

describe("a new link beside a commit", () => {
  const rotating = (locked = false) =>
    made({ changes: { linkGeneration: 1, locked }, secret: newSecret });

  it("[ROTATE-4] opens for who is in the epoch after it", async () => {
    const honest = await rotating();
    expect(await verdict(honest, honest.change)).toEqual(newSecret);
  });

  it("[ROTATE-4] without its secret, or with one that does not open, is refused", async () => {
    const [honest, other] = [await rotating(), await rotating(true)];
    const flipped = honest.change.sealedSecret?.map((byte, index) =>
      index === 20 ? byte ^ 1 : byte,
    );
    // The last two: of another commit of the same epoch, and of the epoch before.
    for (const sealedSecret of [
      undefined,
      flipped,
      other.change.sealedSecret,
      await sealSecret(engine, before, newSecret),
    ]) {
      expect(await verdict(honest, { ...honest.change, sealedSecret })).toBe(
        "link-secret-unopened",
      );
    }
  });

  it("[ROTATE-4] whose secret is not the one the door was told of is refused", async () => {
    const honest = await rotating();
    const sealedSecret = await sealSecret(engine, honest.pending.group, oldSecret);
    expect(await verdict(honest, { ...honest.change, sealedSecret })).toBe("link-differs");
  });

  it("[ROTATE-4] that the policy does not announce is refused", async () => {
    const honest = await made();
    const sealedSecret = await sealSecret(engine, honest.pending.group, newSecret);
    expect(await verdict(honest, { ...honest.change, sealedSecret })).toBe("link-differs");
  });

  it("[ROTATE-4] of which only the door is told is refused", async () => {
    // A generation on already: the door's access value must stay what it is.
    const rotated = await made({ changes: { linkGeneration: 1 }, secret: newSecret });
    const next = { ...rotated.pending.group, policy: { ...rotated.policy } };
    const { accessHash } = await openLink(newSecret);
    const lying = await made({
      changes: { linkGeneration: 1, locked: true },
      door: (honest) => ({ ...honest, link: { generation: 1, accessHash } }),
    });
    const { doorPolicyHash } = lying.pending.change;
    const judged = await judgeDoorChange({
      engine,
      room,
      before: next,
      after: lying.pending.group,
      doorPolicyHash,
      doorChange: doorChangeCodec.encode(lying.change),
    });
    expect(judged).toEqual({ ok: false, error: { code: "link-differs" } });
  });
});
