import { concat, equalBytes } from "../../../protocol/bytes.ts";
import { PUBLIC_KEY_BYTES } from "../../../protocol/ed25519.ts";
import type { RoomId } from "../../../protocol/ids.ts";
import type { KeyVault } from "../keys/key-vault.ts";

/** Identities remembered of one room: those let in last. */
const MOST = 200;

const split = (record: Uint8Array<ArrayBuffer> | undefined): readonly Uint8Array<ArrayBuffer>[] =>
  Array.from({ length: Math.floor((record?.length ?? 0) / PUBLIC_KEY_BYTES) }, (_, index) =>
    (record ?? new Uint8Array()).slice(index * PUBLIC_KEY_BYTES, (index + 1) * PUBLIC_KEY_BYTES),
  );

/** True for an identity this device let into this room: whom an older call had, a new one need not ask about. */
export async function wasAdmitted(
  vault: KeyVault,
  roomId: RoomId,
  identityKey: Uint8Array,
): Promise<boolean> {
  const known = split(await vault.findRecord(`admitted/${roomId}`));
  return known.some((key) => equalBytes(key, identityKey));
}

export async function rememberAdmitted(
  vault: KeyVault,
  roomId: RoomId,
  identityKeys: readonly Uint8Array[],
): Promise<void> {
  const known = split(await vault.findRecord(`admitted/${roomId}`));
  const others = known.filter((key) => !identityKeys.some((added) => equalBytes(added, key)));
  await vault.keepRecord(
    `admitted/${roomId}`,
    concat(...[...others, ...identityKeys].slice(-MOST)),
  );
}
