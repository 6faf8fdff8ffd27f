import { sha256, toBase64Url } from "../../../protocol/bytes.ts";
import type { CreateRoomBody } from "../../../protocol/http.ts";
import { deriveMemberId, deriveRoomId, type RoomId } from "../../../protocol/ids.ts";
import { boundBytes, LABELS } from "../../../protocol/labels.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { LINK_SECRET_BYTES } from "../../../protocol/link.ts";
import type { GroupPolicy, Mode } from "../../../protocol/policy.ts";
import type { KeyVault } from "../keys/key-vault.ts";
import { makeSigningKey, sign } from "../keys/signing-key.ts";
import { openLink } from "./link-ring.ts";
import { sealPolicy } from "./sealed-content.ts";
import { signPolicies } from "./sign-policies.ts";

export type NewRoom = {
  readonly roomId: RoomId;
  readonly secret: Uint8Array<ArrayBuffer>;
  readonly body: CreateRoomBody;
};

/** Makes a room: host key, link secret, first policies (serial 0) and the signatures over them. SPEC HTTP-1, SIGN-1 to SIGN-3. */
export async function makeRoom(vault: KeyVault, mode: Mode): Promise<NewRoom> {
  const host = await makeSigningKey();
  const roomId = await deriveRoomId(host.publicKey);
  await vault.keep(`host/${roomId}`, host);
  const secret = crypto.getRandomValues(new Uint8Array(LINK_SECRET_BYTES));
  const [link, identity, device] = await Promise.all([
    openLink(secret),
    vault.loadOrMake("identity"),
    vault.loadOrMake(`device/${roomId}`),
  ]);
  const policy: GroupPolicy = {
    roomId,
    serial: 0,
    mode,
    locked: false,
    bans: [],
    roles: [
      {
        identityKey: identity.key.publicKey,
        memberId: await deriveMemberId(device.key.publicKey),
        role: "host",
        // Serial 0 of a delegation is none: the creator's own devices are host by the policy itself.
        delegationSerial: 0,
      },
    ],
    capacity: LIMITS.callMembers,
  };
  const hostKey = { key: host, role: "host", delegation: undefined } as const;
  const { signedPolicy, doorPolicy } = await signPolicies(hostKey, policy, link.accessHash);
  const sealedPolicy = await sealPolicy(roomId, link.envelopeKey, { policy, signedPolicy });
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
