import { concat } from "../../../protocol/bytes.ts";
import { rotationBoundBytes } from "../../../protocol/door-change.ts";
import { GCM_NONCE_BYTES } from "../../../protocol/envelope.ts";
import { EXPORTERS } from "../../../protocol/labels.ts";
import type { MlsEngine, MlsGroup } from "../../core/mls-engine.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** AES-256-GCM key of an epoch for the secret of the link that its commit brought. SPEC ROTATE-3. */
async function rotationKey(engine: MlsEngine, group: MlsGroup): Promise<CryptoKey> {
  const { label, lengthBytes } = EXPORTERS.rotation;
  const raw = await engine.exportSecret(group, label, new Uint8Array(), lengthBytes);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  raw.fill(0);
  return key;
}

const bound = ({ roomId, groupId, epoch, policy }: MlsGroup): Bytes =>
  rotationBoundBytes(roomId, groupId, epoch, policy.linkGeneration ?? 0);

/** Seals a new link's secret for who is in `group`, the one after the commit. */
export async function sealSecret(
  engine: MlsEngine,
  group: MlsGroup,
  secret: Bytes,
): Promise<Bytes> {
  const key = await rotationKey(engine, group);
  const iv = crypto.getRandomValues(new Uint8Array(GCM_NONCE_BYTES));
  const algorithm = { name: "AES-GCM", iv, additionalData: bound(group) };
  return concat(iv, new Uint8Array(await crypto.subtle.encrypt(algorithm, key, secret)));
}

/** `undefined`: not sealed for this epoch of this group, for this generation, or altered. */
export async function openSecret(
  engine: MlsEngine,
  group: MlsGroup,
  sealed: Bytes,
): Promise<Bytes | undefined> {
  const key = await rotationKey(engine, group);
  const iv = sealed.slice(0, GCM_NONCE_BYTES);
  const algorithm = { name: "AES-GCM", iv, additionalData: bound(group) };
  try {
    const secret = await crypto.subtle.decrypt(algorithm, key, sealed.slice(GCM_NONCE_BYTES));
    return new Uint8Array(secret);
  } catch {
    return undefined;
  }
}
