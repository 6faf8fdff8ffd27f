import { concat } from "../../../protocol/bytes.ts";
import { verifyEd25519 } from "../../../protocol/ed25519.ts";
import { GCM_NONCE_BYTES } from "../../../protocol/envelope.ts";
import type { LeafIndex, RoomId } from "../../../protocol/ids.ts";
import { boundBytes, LABELS } from "../../../protocol/labels.ts";
import { fail, ok, type Result } from "../../../protocol/result.ts";
import {
  type SealedSignal,
  sealedSignalCodec,
  type SignalBody,
  signalBodyCodec,
  signedSignalCodec,
} from "../../../protocol/signal.ts";
import type { SignalFailure } from "../../core/call-crypto.ts";
import type { MlsMember } from "../../core/mls-engine.ts";
import { sign, type SigningKey } from "../keys/signing-key.ts";
import type { EpochKeys } from "./epoch-keys.ts";

type SignalHeader = Omit<SealedSignal, "sealed">;

/** What the sending leaf signs: SPEC SIGN-11. */
const signedBytes = (
  roomId: RoomId,
  header: SignalHeader,
  body: Uint8Array,
): Uint8Array<ArrayBuffer> =>
  boundBytes(
    LABELS.signal,
    roomId,
    header.groupId,
    header.epoch,
    header.fromLeaf,
    header.toLeaf,
    header.sequence,
    body,
  );

/** What the seal is bound to: SPEC BIND-2. */
const associatedBytes = (roomId: RoomId, header: SignalHeader): Uint8Array<ArrayBuffer> =>
  boundBytes(
    LABELS.signalSeal,
    roomId,
    header.groupId,
    header.epoch,
    header.fromLeaf,
    header.toLeaf,
    header.sequence,
  );

/** Signs as our leaf and seals for the group, for one other leaf. SPEC SIGNAL-2, SIGNAL-3. */
export async function sealSignal(options: {
  readonly roomId: RoomId;
  readonly keys: EpochKeys;
  readonly identity: SigningKey;
  readonly toLeaf: LeafIndex;
  readonly sequence: number;
  readonly body: SignalBody;
}): Promise<Uint8Array<ArrayBuffer>> {
  const { roomId, keys, toLeaf, sequence } = options;
  const header: SignalHeader = {
    groupId: keys.groupId,
    epoch: keys.epoch,
    fromLeaf: keys.ownLeaf,
    toLeaf,
    sequence,
  };
  const body = signalBodyCodec.encode(options.body);
  const signature = await sign(options.identity, signedBytes(roomId, header, body));
  const iv = crypto.getRandomValues(new Uint8Array(GCM_NONCE_BYTES));
  const ciphertext = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: associatedBytes(roomId, header) },
    keys.signalKey,
    signedSignalCodec.encode({ body, signature }),
  );
  return sealedSignalCodec.encode({ ...header, sealed: concat(iv, new Uint8Array(ciphertext)) });
}

/** Opens a signal with the keys of its epoch and verifies that `sender` signed it; whether it is new is not looked at. */
export async function openSealedSignal(options: {
  readonly roomId: RoomId;
  readonly keys: EpochKeys;
  readonly sender: MlsMember;
  readonly signal: SealedSignal;
}): Promise<Result<SignalBody, SignalFailure>> {
  const { roomId, keys, sender } = options;
  const { sealed, ...header } = options.signal;
  const iv = sealed.slice(0, GCM_NONCE_BYTES);
  const opened = await crypto.subtle
    .decrypt(
      { name: "AES-GCM", iv, additionalData: associatedBytes(roomId, header) },
      keys.signalKey,
      sealed.slice(GCM_NONCE_BYTES),
    )
    .catch(() => undefined);
  if (opened === undefined) return fail("signal-unopened");
  const signed = signedSignalCodec.decode(new Uint8Array(opened));
  if (!signed.ok) return fail("signal-malformed");
  // Every member can seal; only the leaf itself can sign.
  const bound = signedBytes(roomId, header, signed.value.body);
  if (!(await verifyEd25519(sender.identityKey, signed.value.signature, bound)))
    return fail("signal-forged");
  const body = signalBodyCodec.decode(signed.value.body);
  return body.ok ? ok(body.value) : fail("signal-malformed");
}
