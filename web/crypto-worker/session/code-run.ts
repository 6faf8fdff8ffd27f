import { equalBytes } from "../../../protocol/bytes.ts";
import type { Epoch, LeafIndex, RoomId } from "../../../protocol/ids.ts";
import { fail, ok, type Result } from "../../../protocol/result.ts";
import {
  CODE_NONCE_BYTES,
  codeBytes,
  codeCommitBytes,
  codeOf,
  type CodePart,
  type SecurityCode,
} from "../../../protocol/security-code.ts";
import type { CodeFailure, LeafCommit, LeafNonce } from "../../core/call-crypto.ts";
import type { MlsMember } from "../../core/mls-engine.ts";
import type { EpochKeys } from "./epoch-keys.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * This member's part in the one run of the security code that an epoch has: SPEC VERIFY-*.
 *
 * Gives its nonce away only against a commit of every other member, and holds to the first such set:
 * whoever has seen the nonce can choose nothing any more.
 */
export type CodeRun = {
  readonly keys: EpochKeys;
  readonly commit: () => Promise<{ readonly epoch: Epoch; readonly commit: Bytes }>;
  readonly reveal: (given: {
    readonly epoch: Epoch;
    readonly commits: readonly LeafCommit[];
  }) => Result<Bytes, CodeFailure>;
  readonly open: (given: {
    readonly epoch: Epoch;
    readonly nonces: readonly LeafNonce[];
  }) => Promise<Result<SecurityCode, CodeFailure>>;
};

export function createCodeRun(roomId: RoomId, keys: EpochKeys): CodeRun {
  const run = { roomId, groupId: keys.groupId, epoch: keys.epoch };
  const nonce = crypto.getRandomValues(new Uint8Array(CODE_NONCE_BYTES));
  const others = new Map([...keys.members].filter(([leaf]) => leaf !== keys.ownLeaf));
  let held: ReadonlyMap<LeafIndex, Bytes> | undefined;

  const part = ({ leaf, identityKey }: MlsMember, of: Bytes): CodePart => ({
    leaf,
    identityKey,
    nonce: of,
  });
  const self = (): CodePart => {
    const member = keys.members.get(keys.ownLeaf);
    if (member === undefined) throw new Error("crypto session: no leaf of our own");
    return part(member, nonce);
  };

  return {
    keys,
    commit: async () => {
      const bytes = codeCommitBytes(run, self());
      const mac = await crypto.subtle.sign("HMAC", keys.codeKey, bytes);
      return { epoch: keys.epoch, commit: new Uint8Array(mac) };
    },

    reveal: ({ epoch, commits }) => {
      if (epoch !== keys.epoch) return fail("code-run-other");
      const given = new Map(commits.map(({ leaf, commit }) => [leaf, commit]));
      if (commits.length !== others.size || ![...others.keys()].every((leaf) => given.has(leaf)))
        return fail("code-commits-incomplete");
      const isSame = (leaf: LeafIndex, commit: Bytes): boolean =>
        equalBytes(held?.get(leaf) ?? commit, commit);
      if (![...given].every(([leaf, commit]) => isSame(leaf, commit)))
        return fail("code-commits-changed");
      held = given;
      return ok(nonce.slice());
    },

    open: async ({ epoch, nonces }) => {
      if (epoch !== keys.epoch) return fail("code-run-other");
      if (held === undefined) return fail("code-commits-incomplete");
      const parts = new Map<LeafIndex, CodePart>();
      for (const { leaf, nonce: revealed } of nonces) {
        const member = others.get(leaf);
        const commit = held.get(leaf);
        if (member === undefined || commit === undefined) return fail("code-nonces-incomplete");
        const claimed = part(member, revealed);
        const bytes = codeCommitBytes(run, claimed);
        if (!(await crypto.subtle.verify("HMAC", keys.codeKey, commit, bytes)))
          return { ok: false, error: { code: "code-nonce-mismatch", leaf } };
        parts.set(leaf, claimed);
      }
      if (parts.size !== others.size) return fail("code-nonces-incomplete");
      const all = codeBytes(run, [self(), ...parts.values()]);
      const mac = new Uint8Array(await crypto.subtle.sign("HMAC", keys.codeKey, all));
      return ok(codeOf(mac));
    },
  };
}
