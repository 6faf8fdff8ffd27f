import type { Delegation } from "../../protocol/delegation.ts";
import { doorChangeCodec } from "../../protocol/door-change.ts";
import { endCodec } from "../../protocol/end.ts";
import { type DoorPolicy, doorPolicyCodec, signedPolicyCodec } from "../../protocol/policy.ts";
import { bytesOf, groupNo } from "./room-simulation.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A delegation as it is read; nobody signed it. */
export const delegationOf = (
  role: Delegation["role"],
  serial: number,
  expiresAtSec = 2_000_000_000,
): Delegation => ({
  delegateKey: bytesOf(32, serial),
  role,
  serial,
  expiresAtSec,
  hostKey: bytesOf(32, 1),
  signature: bytesOf(64, 2),
});

const signedBy = (delegation: Delegation | undefined) => ({
  signer: delegation?.delegateKey ?? bytesOf(32, 1),
  signature: bytesOf(64, 2),
  ...(delegation === undefined ? {} : { delegation }),
});

/** CBOR of a change to this policy, in the name of the host key or of a delegate. The sealed policy is filled with the serial. */
export const doorChangeOf = (policy: DoorPolicy, delegation?: Delegation): Bytes =>
  doorChangeCodec.encode({
    doorPolicy: signedPolicyCodec.encode({
      body: doorPolicyCodec.encode(policy),
      ...signedBy(delegation),
    }),
    sealedPolicy: bytesOf(64, 100 + policy.serial),
  });

/** CBOR of the end of a call, likewise. */
export const endOf = (group: number, delegation?: Delegation): Bytes =>
  endCodec.encode({ groupId: groupNo(group), ...signedBy(delegation) });
