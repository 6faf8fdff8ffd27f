import { beforeAll, describe, expect, it } from "vitest";
import { utf8 } from "../../../protocol/bytes.ts";
import {
  type EnvelopeHeader,
  envelopeCodec,
  importEnvelopeKey,
  openEnvelope,
  sealEnvelope,
} from "../../../protocol/envelope.ts";
import {
  deriveMemberId,
  deriveRoomId,
  type Epoch,
  type GroupId,
  type RoomId,
} from "../../../protocol/ids.ts";
import { boundBytes, LABELS } from "../../../protocol/labels.ts";
import {
  encodeLeafCredential,
  leafBoundBytes,
  verifyLeafCredential,
} from "../../../protocol/leaf-credential.ts";
import {
  type GroupPolicy,
  groupPolicyCodec,
  policyBoundBytes,
  signedPolicyCodec,
  verifyDoorPolicy,
  verifyGroupPolicy,
} from "../../../protocol/policy.ts";

type Signer = {
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly sign: (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;
};

async function newSigner(): Promise<Signer> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new TypeError("Ed25519: expected a key pair");
  return {
    publicKey: new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)),
    sign: async (bytes) =>
      new Uint8Array(await crypto.subtle.sign("Ed25519", pair.privateKey, bytes)),
  };
}

const groupId = "AAAAAAAAAAAAAAAAAAAAAA" as GroupId;
const otherGroup = "AQAAAAAAAAAAAAAAAAAAAA" as GroupId;
let host: Signer;
let device: Signer;
let identity: Signer;
let roomId: RoomId;

beforeAll(async () => {
  [host, device, identity] = [await newSigner(), await newSigner(), await newSigner()];
  roomId = await deriveRoomId(host.publicKey);
});

describe("the envelope", () => {
  const header: EnvelopeHeader = { generation: 0, kind: "commit", groupId, epoch: 5 as Epoch };

  it("[ENV-1] opens for the same link, room and kind", async () => {
    const key = await importEnvelopeKey(new Uint8Array(32).fill(1));
    const sealed = await sealEnvelope(key, roomId, header, utf8("commit"));
    expect(await openEnvelope(key, roomId, "commit", sealed)).toEqual({
      ok: true,
      value: { header, content: utf8("commit") },
    });
  });

  it("[BIND-1] does not open under another link, in another room, or with any field of its header changed", async () => {
    const key = await importEnvelopeKey(new Uint8Array(32).fill(1));
    const sealed = await sealEnvelope(key, roomId, header, utf8("commit"));
    const unopened = { ok: false, error: { code: "envelope-unopened" } };
    const otherKey = await importEnvelopeKey(new Uint8Array(32).fill(2));
    expect(await openEnvelope(otherKey, roomId, "commit", sealed)).toEqual(unopened);
    expect(await openEnvelope(key, groupId as string as RoomId, "commit", sealed)).toEqual(
      unopened,
    );
    const read = envelopeCodec.decode(sealed);
    if (!read.ok) throw new Error("an envelope just made is malformed");
    for (const change of [{ generation: 1 }, { groupId: otherGroup }, { epoch: 6 as Epoch }]) {
      const altered = envelopeCodec.encode({ ...read.value, ...change });
      expect(await openEnvelope(key, roomId, "commit", altered)).toEqual(unopened);
    }
    const passedOff = envelopeCodec.encode({ ...read.value, kind: "group-info" });
    expect(await openEnvelope(key, roomId, "group-info", passedOff)).toEqual(unopened);
    expect(await openEnvelope(key, roomId, "group-info", sealed)).toEqual({
      ok: false,
      error: { code: "envelope-other-kind" },
    });
  });

  it("[SEAL-1] never seals twice alike", async () => {
    const key = await importEnvelopeKey(new Uint8Array(32).fill(1));
    const first = await sealEnvelope(key, roomId, header, utf8("commit"));
    expect(await sealEnvelope(key, roomId, header, utf8("commit"))).not.toEqual(first);
  });
});

describe("the leaf credential", () => {
  const credentialFor = async (group: GroupId, identityKey: Uint8Array): Promise<Uint8Array> =>
    encodeLeafCredential({
      roomDeviceKey: device.publicKey,
      dtlsFingerprint: new Uint8Array(32).fill(9),
      ticketKey: new Uint8Array(32).fill(3),
      deviceSignature: await device.sign(leafBoundBytes(roomId, group, identityKey)),
    });

  it("[LEAF-2] counts for its room, group and identity, and names the member", async () => {
    const credential = await credentialFor(groupId, identity.publicKey);
    const verified = await verifyLeafCredential({
      roomId,
      groupId,
      identityKey: identity.publicKey,
      credential,
    });
    expect(verified.ok && verified.value.memberId).toBe(await deriveMemberId(device.publicKey));
  });

  it("[LEAF-2] does not count in another group, for another identity, or in another room", async () => {
    const credential = await credentialFor(groupId, identity.publicKey);
    const invalid = { ok: false, error: { code: "leaf-signature-invalid" } };
    const leaf = { roomId, groupId, identityKey: identity.publicKey, credential };
    expect(await verifyLeafCredential({ ...leaf, groupId: otherGroup })).toEqual(invalid);
    expect(await verifyLeafCredential({ ...leaf, identityKey: host.publicKey })).toEqual(invalid);
    expect(await verifyLeafCredential({ ...leaf, roomId: groupId as string as RoomId })).toEqual(
      invalid,
    );
  });

  it("[LEAF-1] of another length or version is malformed", async () => {
    const credential = await credentialFor(groupId, identity.publicKey);
    const malformed = { ok: false, error: { code: "leaf-credential-malformed" } };
    const leaf = { roomId, groupId, identityKey: identity.publicKey };
    expect(await verifyLeafCredential({ ...leaf, credential: credential.subarray(1) })).toEqual(
      malformed,
    );
    const newer = credential.slice();
    newer[0] = 2;
    expect(await verifyLeafCredential({ ...leaf, credential: newer })).toEqual(malformed);
  });
});

describe("the policy", () => {
  const policyOf = (room: RoomId): GroupPolicy => ({
    roomId: room,
    serial: 0,
    mode: "open",
    locked: false,
    bans: [],
    roles: [],
    capacity: 16,
  });
  const signed = async (
    signer: Signer,
    body: Uint8Array<ArrayBuffer>,
    kind: "group" | "door" = "group",
  ) =>
    signedPolicyCodec.encode({
      body,
      signer: signer.publicKey,
      signature: await signer.sign(policyBoundBytes(kind, roomId, body)),
    });

  it("[POLICY-3] is the host key's word", async () => {
    const body = groupPolicyCodec.encode(policyOf(roomId));
    const verified = await verifyGroupPolicy(roomId, await signed(host, body));
    expect(verified.ok && verified.value.policy).toEqual(policyOf(roomId));
    expect(verified.ok && verified.value.signer.role).toBe("host");
  });

  it("[POLICY-3] by another key counts only with a delegation of the host key", async () => {
    const body = groupPolicyCodec.encode(policyOf(roomId));
    expect(await verifyGroupPolicy(roomId, await signed(device, body))).toEqual({
      ok: false,
      error: { code: "policy-signature-invalid" },
    });
    const delegated = async (by: Signer): Promise<Uint8Array> => {
      const fields = {
        delegateKey: device.publicKey,
        role: "co-host",
        serial: 1,
        expiresAtSec: 2_000_000_000,
      } as const;
      const bound = boundBytes(
        LABELS.delegation,
        roomId,
        fields.delegateKey,
        fields.role,
        fields.serial,
        fields.expiresAtSec,
      );
      const delegation = { ...fields, hostKey: by.publicKey, signature: await by.sign(bound) };
      const signature = await device.sign(policyBoundBytes("group", roomId, body));
      return signedPolicyCodec.encode({ body, signer: device.publicKey, signature, delegation });
    };
    const byHost = await verifyGroupPolicy(roomId, await delegated(host));
    expect(byHost.ok && byHost.value.signer.role).toBe("co-host");
    expect((await verifyGroupPolicy(roomId, await delegated(identity))).ok).toBe(false);
  });

  it("[POLICY-4] of another room, with a changed body, or made for the door is refused", async () => {
    const body = groupPolicyCodec.encode(policyOf(roomId));
    const elsewhere = groupPolicyCodec.encode(policyOf(groupId as string as RoomId));
    expect(await verifyGroupPolicy(roomId, await signed(host, elsewhere))).toEqual({
      ok: false,
      error: { code: "policy-other-room" },
    });
    const record = signedPolicyCodec.decode(await signed(host, body));
    if (!record.ok) throw new Error("a policy just signed is malformed");
    const changed = groupPolicyCodec.encode({ ...policyOf(roomId), locked: true });
    expect(
      (
        await verifyGroupPolicy(
          roomId,
          signedPolicyCodec.encode({ ...record.value, body: changed }),
        )
      ).ok,
    ).toBe(false);
    expect((await verifyGroupPolicy(roomId, await signed(host, body, "door"))).ok).toBe(false);
    expect((await verifyDoorPolicy(roomId, await signed(host, body))).ok).toBe(false);
  });
});
