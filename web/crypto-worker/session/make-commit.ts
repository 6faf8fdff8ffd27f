import { sha256 } from "../../../protocol/bytes.ts";
import { doorChangeCodec } from "../../../protocol/door-change.ts";
import type { HostLink } from "../../../protocol/host-link.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { LINK_SECRET_BYTES } from "../../../protocol/link.ts";
import { fail, ok, type Result } from "../../../protocol/result.ts";
import type { MemberCommit } from "../../core/call-crypto.ts";
import type { Bye, MlsEngine, MlsGroup, MlsPending } from "../../core/mls-engine.ts";
import { decodeByeRecord } from "./bye-record.ts";
import type { Rotation } from "./door-judge.ts";
import { actingKey } from "./host-keys.ts";
import { openLink } from "./link-ring.ts";
import { nextPolicy, type PolicyCommit } from "./next-policy.ts";
import type { RoomKeys } from "./room-keys.ts";
import { sealSecret } from "./rotation.ts";
import { sealPolicy } from "./sealed-content.ts";
import { signPolicies } from "./sign-policies.ts";

/** A commit of a member, with what goes beside it. */
export type MemberPending = {
  readonly pending: MlsPending;
  readonly doorChange?: Uint8Array<ArrayBuffer>;
  readonly rotation?: Rotation | undefined;
  readonly hostLink?: HostLink | undefined;
};

type Outcome = Result<MemberPending, { readonly code: "commit-not-allowed" | "not-host" }>;

/** Makes a member's commit; `commit-not-allowed` where the filter of every other member would refuse it. */
export async function makeCommit(
  engine: MlsEngine,
  room: RoomKeys,
  group: MlsGroup,
  commit: MemberCommit,
): Promise<Outcome> {
  switch (commit.kind) {
    case "update":
      return alone(await engine.commitUpdate(group));
    case "gone":
      return alone(await engine.commitRemoveGone(group, commit.leaves));
    case "bye": {
      const byes: Bye[] = [];
      for (const record of commit.byes) {
        const bye = decodeByeRecord(group.groupId, record);
        // One that has grown stale must not spoil the others' way out.
        if (bye !== undefined && (await engine.verifyBye(group, bye))) byes.push(bye);
      }
      return byes.length === 0
        ? fail("commit-not-allowed")
        : alone(await engine.commitRemoveBye(group, byes));
    }
    case "policy":
    case "kick":
    case "host-link":
      return withDoorChange(engine, room, group, commit);
  }
}

const alone = (made: Result<MlsPending, { readonly code: string }>): Outcome =>
  made.ok ? ok({ pending: made.value }) : fail("commit-not-allowed");

async function withDoorChange(
  engine: MlsEngine,
  room: RoomKeys,
  group: MlsGroup,
  commit: PolicyCommit,
): Promise<Outcome> {
  const acting = actingKey(room, group.policy);
  if (acting === undefined) return fail("not-host");
  const wanted = await nextPolicy(room, group, acting, commit);
  if (wanted === undefined) return fail("commit-not-allowed");
  const { policy, removes, isNewLink, hostLink } = wanted;
  const rotation = isNewLink ? await makeLink() : undefined;
  const link = rotation?.link ?? room.links.current();
  const { signedPolicy, doorPolicy } = await signPolicies(acting, policy, link.accessHash);
  const pending = await engine.commitPolicy(group, {
    signedPolicy,
    doorPolicyHash: await sha256(doorPolicy),
    removes,
  });
  if (!pending.ok) return fail("commit-not-allowed");
  const { group: after } = pending.value;
  const doorChange = doorChangeCodec.encode({
    doorPolicy,
    sealedPolicy: await sealPolicy(room.roomId, link.envelopeKey, { policy, signedPolicy }),
    sealedSecret:
      rotation === undefined ? undefined : await sealSecret(engine, after, rotation.secret),
  });
  if (doorChange.length > LIMITS.doorChangeBytes) return fail("commit-not-allowed");
  return ok({ pending: pending.value, doorChange, rotation, hostLink });
}

async function makeLink(): Promise<Rotation> {
  const secret = crypto.getRandomValues(new Uint8Array(LINK_SECRET_BYTES));
  return { secret, link: await openLink(secret) };
}
