import { equalBytes } from "../../../protocol/bytes.ts";
import {
  type Delegation,
  delegationBoundBytes,
  delegationCodec,
  type HostSignature,
  isSignerListed,
  type Role,
} from "../../../protocol/delegation.ts";
import { verifyEd25519 } from "../../../protocol/ed25519.ts";
import type { HostLink } from "../../../protocol/host-link.ts";
import { deriveRoomId, type RoomId } from "../../../protocol/ids.ts";
import type { GroupPolicy } from "../../../protocol/policy.ts";
import type { KeyVault } from "../keys/key-vault.ts";
import { sign, type SigningKey, signingKeyOf } from "../keys/signing-key.ts";

/** A key that signs in the host's name; without a delegation it is the host key itself. */
export type HostKey = {
  readonly key: SigningKey;
  readonly role: Role;
  readonly delegation: Delegation | undefined;
};

const isValid = async (roomId: RoomId, delegation: Delegation): Promise<boolean> =>
  (await deriveRoomId(delegation.hostKey)) === roomId &&
  verifyEd25519(delegation.hostKey, delegation.signature, delegationBoundBytes(roomId, delegation));

/** Keeps the key of a host link; false for a link whose parts don't belong together or to this room. */
export async function keepHostLink(
  vault: KeyVault,
  roomId: RoomId,
  { seed, delegation }: HostLink,
): Promise<boolean> {
  const key = await signingKeyOf(seed, delegation.delegateKey);
  if (key === undefined || !(await isValid(roomId, delegation))) return false;
  await vault.keep(`delegate/${roomId}/${delegation.serial}`, key);
  await vault.keepRecord(`delegation/${roomId}`, delegationCodec.encode(delegation));
  return true;
}

/** What this device holds of a room: the host key, or the key of the last host link. */
export async function findHostKey(vault: KeyVault, roomId: RoomId): Promise<HostKey | undefined> {
  const host = await vault.find(`host/${roomId}`);
  if (host !== undefined) return { key: host, role: "host", delegation: undefined };
  const record = await vault.findRecord(`delegation/${roomId}`);
  const delegation = record === undefined ? undefined : delegationCodec.decode(record);
  if (delegation?.ok !== true) return undefined;
  const { serial, delegateKey, role } = delegation.value;
  const key = await vault.find(`delegate/${roomId}/${serial}`);
  if (key === undefined || !equalBytes(key.publicKey, delegateKey)) return undefined;
  return { key, role, delegation: delegation.value };
}

type Keys = { readonly hostKey: HostKey | undefined; readonly identity: SigningKey };

/** The key by which this device acts under a policy: held by itself, or lent to its identity by the policy. SPEC HOST-5. */
export function actingKey({ hostKey, identity }: Keys, policy: GroupPolicy): HostKey | undefined {
  if (hostKey !== undefined && isSignerListed(policy.roles, hostKey)) return hostKey;
  for (const { delegation } of policy.roles) {
    const isLent =
      delegation !== undefined &&
      equalBytes(delegation.delegateKey, identity.publicKey) &&
      isSignerListed(policy.roles, { delegation });
    if (isLent) return { key: identity, role: delegation.role, delegation };
  }
  return undefined;
}

/** The fields that make a record the host's word. */
export const signAsHost = async (
  { key, delegation }: HostKey,
  bound: Uint8Array<ArrayBuffer>,
): Promise<HostSignature> => ({
  signer: key.publicKey,
  signature: await sign(key, bound),
  delegation,
});
