import { sha256, toBase64Url } from "../../../protocol/bytes.ts";
import { importEnvelopeKey, NO_GROUP_ID, sealEnvelope } from "../../../protocol/envelope.ts";
import type { CreateRoomBody } from "../../../protocol/http.ts";
import { deriveMemberId, deriveRoomId, type Epoch, type RoomId } from "../../../protocol/ids.ts";
import { boundBytes, LABELS } from "../../../protocol/labels.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { deriveLinkKeys, LINK_SECRET_BYTES } from "../../../protocol/link.ts";
import {
  doorPolicyCodec,
  groupPolicyCodec,
  policyBoundBytes,
  signedPolicyCodec,
} from "../../../protocol/policy.ts";
import type { KeyVault } from "../keys/key-vault.ts";
import { makeSigningKey, sign, type SigningKey } from "../keys/signing-key.ts";
import { LINK_GENERATION } from "./sealed-content.ts";

export type NewRoom = {
  readonly roomId: RoomId;
  readonly secret: Uint8Array<ArrayBuffer>;
  readonly body: CreateRoomBody;
};

/** Makes a room: host key, link secret, first policies (open, serial 0) and the signatures over them. SPEC HTTP-1, SIGN-1 to SIGN-3. */
export async function makeRoom(vault: KeyVault): Promise<NewRoom> {
  const host = await makeSigningKey();
  const roomId = await deriveRoomId(host.publicKey);
  await vault.keep(`host/${roomId}`, host);
  const secret = crypto.getRandomValues(new Uint8Array(LINK_SECRET_BYTES));
  const [link, identity, device] = await Promise.all([
    deriveLinkKeys(secret),
    vault.loadOrMake("identity"),
    vault.loadOrMake(`device/${roomId}`),
  ]);

  const rules = {
    roomId,
    serial: 0,
    mode: "open",
    locked: false,
    capacity: LIMITS.callMembers,
  } as const;
  const doorPolicy = await signedBy(
    host,
    roomId,
    "door",
    doorPolicyCodec.encode({
      ...rules,
      bannedMemberIds: [],
      roles: [{ memberId: await deriveMemberId(device.key.publicKey), role: "host" }],
    }),
  );
  const groupPolicy = await signedBy(
    host,
    roomId,
    "group",
    groupPolicyCodec.encode({
      ...rules,
      bans: [],
      // Serial 0 of a delegation is none: the creator's own devices are host by the policy itself.
      roles: [{ identityKey: identity.key.publicKey, role: "host", delegationSerial: 0 }],
    }),
  );
  const sealedPolicy = await sealEnvelope(
    await importEnvelopeKey(link.envelope),
    roomId,
    { generation: LINK_GENERATION, kind: "policy", groupId: NO_GROUP_ID, epoch: 0 as Epoch },
    groupPolicy,
  );
  const bound = boundBytes(
    LABELS.create,
    roomId,
    host.publicKey,
    link.accessHash,
    doorPolicy,
    await sha256(sealedPolicy),
  );
  return {
    roomId,
    secret,
    body: {
      hostPublicKey: toBase64Url(host.publicKey),
      accessHash: toBase64Url(link.accessHash),
      doorPolicy: toBase64Url(doorPolicy),
      sealedPolicy: toBase64Url(sealedPolicy),
      signature: toBase64Url(await sign(host, bound)),
    },
  };
}

async function signedBy(
  host: SigningKey,
  roomId: RoomId,
  kind: "group" | "door",
  body: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const signature = await sign(host, policyBoundBytes(kind, roomId, body));
  return signedPolicyCodec.encode({ body, signer: host.publicKey, signature });
}
