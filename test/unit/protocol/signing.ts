import {
  type Delegation,
  delegationBoundBytes,
  type HostSignature,
  type Role,
} from "../../../protocol/delegation.ts";
import { deriveRoomId, type RoomId } from "../../../protocol/ids.ts";

type Bytes = Uint8Array<ArrayBuffer>;
export type Signer = {
  readonly publicKey: Bytes;
  readonly sign: (bytes: Bytes) => Promise<Bytes>;
};

export async function newSigner(): Promise<Signer> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new TypeError("Ed25519: expected a key pair");
  return {
    publicKey: new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)),
    sign: async (bytes) =>
      new Uint8Array(await crypto.subtle.sign("Ed25519", pair.privateKey, bytes)),
  };
}

/** A host, somebody else, and the room of the host. */
export async function newHost(): Promise<{
  readonly host: Signer;
  readonly other: Signer;
  readonly roomId: RoomId;
}> {
  const [host, other] = [await newSigner(), await newSigner()];
  return { host, other, roomId: await deriveRoomId(host.publicKey) };
}

export async function delegate(
  roomId: RoomId,
  host: Signer,
  delegateKey: Bytes,
  given: { readonly role?: Role; readonly serial?: number; readonly expiresAtSec?: number } = {},
): Promise<Delegation> {
  const { role = "co-host", serial = 1, expiresAtSec = 2_000_000_000 } = given;
  const delegated = { delegateKey, role, serial, expiresAtSec };
  const signature = await host.sign(delegationBoundBytes(roomId, delegated));
  return { ...delegated, hostKey: host.publicKey, signature };
}

/** The fields that make a record the host's, or a delegate's. */
export const signedBy = async (
  signer: Signer,
  bound: Bytes,
  delegation?: Delegation,
): Promise<HostSignature> => ({
  signer: signer.publicKey,
  signature: await signer.sign(bound),
  ...(delegation === undefined ? {} : { delegation }),
});

/** Every way a record may not end: cut anywhere, or with one byte more. */
export function damaged(wire: Bytes): readonly Bytes[] {
  const cuts = Array.from(wire, (_, length) => wire.slice(0, length));
  return [...cuts, new Uint8Array([...wire, 0])];
}
