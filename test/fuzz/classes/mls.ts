import { concat, equalBytes } from "../../../protocol/bytes.ts";
import { ACCEPTED, fuzzClass, must } from "../fuzz-class.ts";
import { parentNode, withTree } from "../group-info-tree.ts";
import { flipBytes, mutateBytes } from "../mutate.ts";
import type { Random } from "../random.ts";
import { forgeExternalCommit, forgeMemberCommit, removeProposal } from "../../unit/mls/forge.ts";
import {
  at,
  type Bytes,
  engine,
  expectOk,
  makeCall,
  makePerson,
  makeSelf,
} from "../../unit/mls/group-fixture.ts";

type Kind = "commit" | "group-info" | "application";
type Seed = { readonly kind: Kind; readonly bytes: Bytes; readonly honest: boolean };

/** A change that leaves lengths true: of bytes anywhere, or of a GroupInfo's tree. */
function changeInside(random: Random, { kind, bytes }: Seed): Bytes {
  if (kind !== "group-info" || random.chance(0.5)) return flipBytes(random, bytes);
  const how = random.below(4);
  const behind = random.chance(0.1) ? 1 : 0;
  return withTree(
    bytes,
    (nodes) => {
      if (how === 0) return flipBytes(random, nodes);
      if (how === 1) return mutateBytes(random, nodes, [nodes]);
      const blanks = new Uint8Array(random.pick([0, 1, 2, 10, 244, 2_000, 40_000]));
      const named = Array.from({ length: random.pick([0, 1, 2, 100, 5_000]) }, () =>
        random.below(4),
      );
      return how === 2
        ? concat(nodes, blanks, parentNode())
        : concat(nodes, Uint8Array.of(0, 0), parentNode(named));
    },
    behind,
  );
}

/** What a peer's MLS library could send, at a member's engine. */
export const mls = fuzzClass({
  name: "mls",
  rules: "MLS-7, MLS-9",
  about:
    "Commits, GroupInfos and application messages of a call of four, and forged ones, changed, trees of up to 40,000 nodes among them; decoded, judged by the filter, opened",
  casesInMillion: 60_000,
  prepare: async () => {
    const { room, people, groups } = await makeCall(4);
    const [host, judge, third] = [at(groups, 0), at(groups, 1), at(groups, 2)];
    const groupInfo = await engine.groupInfo(host);
    const newcomer = await makeSelf(room, await makePerson());
    const again = await makeSelf(room, at(people, 3));
    const joinOf = async (self: typeof newcomer) =>
      expectOk(await engine.joinByExternalCommit({ ...room, groupInfo, self, policyFloor: 0 }));
    const pending = [
      await joinOf(newcomer),
      await joinOf(again),
      expectOk(await engine.commitUpdate(host)),
      expectOk(await engine.commitRemoveGone(third, [at(groups, 3).ownLeaf])),
      expectOk(await engine.commitRemoveBye(third, [await engine.signBye(host)])),
    ];
    const forged = [
      await forgeMemberCommit(third, { proposals: [removeProposal(0)] }),
      await forgeMemberCommit(third, { isPublic: true }),
      await forgeMemberCommit(third, { authenticatedData: Uint8Array.of(0xa1) }),
      await forgeExternalCommit({ groupInfo, self: newcomer, removes: 2 }),
    ];
    const { message } = await engine.encryptApplication(third, new Uint8Array(40).fill(1));
    const seeds: readonly Seed[] = [
      ...pending.map(({ commit }) => ({ kind: "commit" as const, bytes: commit, honest: true })),
      ...forged.map((bytes) => ({ kind: "commit" as const, bytes, honest: false })),
      { kind: "group-info", bytes: groupInfo, honest: true },
      { kind: "group-info", bytes: at(pending, 0).groupInfo, honest: true },
      { kind: "application", bytes: message, honest: true },
    ];
    const all = seeds.map(({ bytes }) => bytes);
    const read = async (kind: Kind, bytes: Bytes) => {
      if (kind === "commit") return await engine.judgeCommit(judge, bytes);
      if (kind === "application") return await engine.decryptApplication(judge, bytes);
      return await engine.inspectGroupInfo({ ...room, groupInfo: bytes, policyFloor: 0 });
    };
    return {
      make: (random) => {
        const seed = random.pick(seeds);
        const kind = random.chance(0.95)
          ? seed.kind
          : random.pick(["commit", "group-info", "application"] as const);
        if (random.chance(0.03)) return { kind, bytes: seed.bytes };
        if (random.chance(0.005))
          return {
            kind,
            bytes: new Uint8Array(random.pick([20_000, 60_000])).fill(random.below(256)),
          };
        const bytes = random.chance(0.6)
          ? changeInside(random, seed)
          : mutateBytes(random, seed.bytes, all);
        return { kind, bytes };
      },
      check: async ({ kind, bytes }) => {
        const answer = await read(kind, bytes);
        if (!answer.ok) return answer.error.code;
        const isHonest = seeds.some(
          (seed) => seed.honest && seed.kind === kind && equalBytes(seed.bytes, bytes),
        );
        must(isHonest, "accepted what no member made");
        return ACCEPTED;
      },
    };
  },
});
