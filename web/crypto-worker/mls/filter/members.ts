import { equalBytes, toBase64Url } from "../../../../protocol/bytes.ts";
import {
  type GroupId,
  type LeafIndex,
  leafIndexSchema,
  type RoomId,
} from "../../../../protocol/ids.ts";
import { verifyLeafCredential } from "../../../../protocol/leaf-credential.ts";
import { fail, ok, type Result } from "../../../../protocol/result.ts";
import * as v from "valibot";
import type { MlsMember } from "../../../core/mls-engine.ts";
import type { GroupSnapshot, LeafSnapshot } from "./snapshot.ts";

type GroupName = { readonly roomId: RoomId; readonly groupId: GroupId };

/** The member of one leaf, if its credential is by its room device, for this room, group and key. SPEC LEAF-1, LEAF-2. */
export async function verifyMember(
  { roomId, groupId }: GroupName,
  snapshot: Omit<LeafSnapshot, "leaf">,
  leaf: number,
): Promise<Result<MlsMember, { readonly code: "leaf-invalid" }>> {
  const { credential, signatureKey: identityKey, encryptionKey, suitable } = snapshot;
  if (!suitable || credential === undefined || !v.is(leafIndexSchema, leaf)) {
    return fail("leaf-invalid");
  }
  const verified = await verifyLeafCredential({ roomId, groupId, identityKey, credential });
  if (!verified.ok) return fail("leaf-invalid");
  const { memberId } = verified.value;
  const { dtlsFingerprint, ticketKey } = verified.value.credential;
  return ok({
    leaf: leaf as LeafIndex,
    memberId,
    identityKey,
    dtlsFingerprint,
    ticketKey,
    credential,
    encryptionKey,
  });
}

/**
 * All members of a tree: each leaf by LEAF-2, each member id, identity key and encryption key once.
 *
 * `known` are members verified before: a leaf that kept its key and credential is not verified again.
 */
export async function readMembers(
  group: GroupName,
  tree: Pick<GroupSnapshot, "leaves" | "parentKeys">,
  known: readonly MlsMember[],
): Promise<Result<readonly MlsMember[], { readonly code: "leaf-invalid" | "leaf-duplicate" }>> {
  const knownAt = new Map<number, MlsMember>(known.map((member) => [member.leaf, member]));
  const read = await Promise.all(
    tree.leaves.map(async (leaf) => {
      const before = knownAt.get(leaf.leaf);
      return before !== undefined && isSame(before, leaf)
        ? ok({ ...before, encryptionKey: leaf.encryptionKey })
        : verifyMember(group, leaf, leaf.leaf);
    }),
  );
  const members: MlsMember[] = [];
  for (const member of read) {
    if (!member.ok) return member;
    members.push(member.value);
  }
  const isUnique =
    areDistinct(members.map(({ memberId }) => memberId)) &&
    areDistinct(members.map(({ identityKey }) => toBase64Url(identityKey))) &&
    areDistinct(
      [...tree.leaves.map(({ encryptionKey }) => encryptionKey), ...tree.parentKeys].map(
        toBase64Url,
      ),
    );
  return isUnique ? ok(members) : fail("leaf-duplicate");
}

const isSame = (member: MlsMember, leaf: LeafSnapshot): boolean =>
  leaf.suitable &&
  leaf.credential !== undefined &&
  equalBytes(leaf.credential, member.credential) &&
  equalBytes(leaf.signatureKey, member.identityKey);

const areDistinct = (values: readonly string[]): boolean => new Set(values).size === values.length;
