import { describe, expect, it } from "vitest";
import type { Epoch, LeafIndex, MemberId } from "../../../protocol/ids.ts";
import {
  type CodeEffect,
  type CodeEvent,
  type CodeRun,
  missingFrom,
  newCodeRun,
  silentIn,
  stepCode,
} from "../../../web/core/verification.ts";

const member = (letter: string): MemberId => letter.repeat(22) as MemberId;
const [BEA, CEM, NOBODY] = [member("B"), member("C"), member("N")];
const epoch = 3 as Epoch;
const bytes = (byte: number): Uint8Array<ArrayBuffer> => new Uint8Array(32).fill(byte);
const commit = (from: MemberId, byte: number, at = epoch) =>
  ({
    type: "heard",
    from,
    message: { type: "code-commit", epoch: at, commit: bytes(byte) },
  }) as const;
const reveal = (from: MemberId, byte: number, at = epoch) =>
  ({
    type: "heard",
    from,
    message: { type: "code-reveal", epoch: at, nonce: bytes(byte) },
  }) as const;
const bound = { type: "bound", epoch, commit: bytes(1) } as const;
const given = { type: "given", nonce: bytes(2) } as const;
const opened = { type: "opened", code: { signs: [1, 2, 3, 4, 5, 6], digits: "0" } } as const;
const wanted = { type: "wanted" } as const;
const tick = { type: "tick" } as const;

type Event = CodeEvent extends infer One
  ? One extends CodeEvent
    ? Omit<One, "atMs"> & { readonly atMs?: number }
    : never
  : never;

/** Takes events one after the other and keeps what came of the last. */
function after(...events: readonly Event[]): { run: CodeRun; effects: readonly CodeEffect[] } {
  const two = [
    { leaf: 1 as LeafIndex, memberId: BEA },
    { leaf: 2 as LeafIndex, memberId: CEM },
  ];
  let step: ReturnType<typeof stepCode> = { run: newCodeRun(epoch, two), effects: [] };
  for (const event of events) step = stepCode(step.run, { atMs: 0, ...event });
  return step;
}
const effects = (...events: readonly Event[]) =>
  after(...events).effects.map((effect) =>
    effect.type === "say" ? `${effect.message.type} to ${effect.to[0]}` : effect.type,
  );
const gathered = [wanted, bound, commit(BEA, 11), commit(CEM, 12)] as const;
const exchanged = [...gathered, given, reveal(BEA, 21), reveal(CEM, 22)] as const;

describe("one run of the security code", () => {
  it("[VERIFY-7] begins when it is wanted, or when somebody's commit comes, and once", () => {
    expect(effects(wanted)).toEqual(["bind"]);
    expect(effects(commit(BEA, 11))).toEqual(["bind"]);
    expect(effects(wanted, wanted)).toEqual([]);
    expect(effects(commit(BEA, 11), commit(CEM, 12))).toEqual([]);
    expect(effects(wanted, bound)).toEqual(["code-commit to B", "code-commit to C"]);
  });

  it("[VERIFY-3] gives the nonce once all commits are there, in whatever order they come", () => {
    expect(effects(wanted, bound, commit(BEA, 11))).toEqual([]);
    expect(effects(...gathered)).toEqual(["give"]);
    expect(effects(commit(CEM, 12), commit(BEA, 11), bound)).toEqual([
      "code-commit to B",
      "code-commit to C",
      "give",
    ]);
    expect(after(...gathered).effects).toEqual([
      {
        type: "give",
        epoch,
        commits: [
          { leaf: 1, commit: bytes(11) },
          { leaf: 2, commit: bytes(12) },
        ],
      },
    ]);
  });

  it("[VERIFY-3] keeps a nonce that comes early unread until all commits are there", () => {
    const early = [wanted, bound, commit(BEA, 11), reveal(BEA, 21)] as const;
    expect(effects(...early)).toEqual([]);
    expect(effects(...early, commit(CEM, 12))).toEqual(["give"]);
    expect(effects(...early, commit(CEM, 12), given)).toEqual([
      "code-reveal to B",
      "code-reveal to C",
    ]);
    expect(effects(...early, commit(CEM, 12), given, reveal(CEM, 22))).toEqual(["open"]);
  });

  it("[VERIFY-3] a nonce before its sender's commit is not kept", () => {
    const { run } = after(wanted, bound, reveal(BEA, 21), commit(BEA, 11), commit(CEM, 12), given);
    expect(missingFrom(run)).toEqual([BEA, CEM]);
  });

  it("[VERIFY-2] the first commit and the first nonce of a member stand", () => {
    const { effects: give } = after(
      wanted,
      bound,
      commit(BEA, 11),
      commit(BEA, 99),
      commit(CEM, 12),
    );
    expect(give).toMatchObject([{ commits: [{ commit: bytes(11) }, { commit: bytes(12) }] }]);
    const { effects: open } = after(
      ...gathered,
      given,
      reveal(BEA, 21),
      reveal(BEA, 99),
      reveal(CEM, 22),
    );
    expect(open).toMatchObject([{ nonces: [{ nonce: bytes(21) }, { nonce: bytes(22) }] }]);
  });

  it("[VERIFY-8] takes nothing of another epoch, and nothing of somebody who is not in the tree", () => {
    for (const stranger of [
      commit(BEA, 11, 2 as Epoch),
      commit(BEA, 11, 4 as Epoch),
      commit(NOBODY, 11),
      reveal(NOBODY, 21),
    ])
      expect(after(stranger)).toEqual(after());
  });

  it("[VERIFY-4] ends in a code, or in the name of who did not keep to a commit", () => {
    expect(effects(...exchanged)).toEqual(["open"]);
    expect(after(...exchanged, opened).run).toMatchObject({ phase: "ready", code: opened.code });
    const failure = { code: "code-nonce-mismatch", leaf: 2 as LeafIndex } as const;
    const { run } = after(...exchanged, { type: "failed", failure });
    expect(run).toMatchObject({ phase: "refused", refusedBy: CEM, code: undefined });
    expect(stepCode(run, { atMs: 1, ...opened }).run).toEqual(run);
  });

  it("answers of the crypto worker to another phase change nothing", () => {
    for (const late of [given, opened]) expect(after(late)).toEqual(after());
    const other = { ...bound, epoch: 4 as Epoch };
    expect(after(wanted, other).run).toEqual(after(wanted).run);
    expect(after(...exchanged, bound).run).toEqual(after(...exchanged).run);
  });

  it("[VERIFY-7] says again every two seconds what it has said, to whoever lacks something", () => {
    const start = [wanted, bound, commit(BEA, 11)] as const;
    expect(effects(...start, { ...tick, atMs: 1_999 })).toEqual([]);
    expect(effects(...start, { ...tick, atMs: 2_000 })).toEqual(["code-commit to C"]);
    expect(effects(...start, { ...tick, atMs: 2_000 }, { ...tick, atMs: 3_999 })).toEqual([]);
    expect(effects(...gathered, given, reveal(CEM, 22), { ...tick, atMs: 2_000 })).toEqual([
      "code-commit to B",
      "code-reveal to B",
    ]);
    expect(effects(...exchanged, opened, { ...tick, atMs: 9_000 })).toEqual([]);
  });

  it("[VERIFY-7] stops saying it ten seconds after the run was last wanted or heard of", () => {
    const start = [wanted, bound, commit(BEA, 11)] as const;
    expect(effects(...start, { ...tick, atMs: 10_000 })).toEqual([]);
    expect(effects(...start, { ...wanted, atMs: 9_000 }, { ...tick, atMs: 18_000 })).toEqual([
      "code-commit to C",
    ]);
  });

  it("[VERIFY-8] answers a repetition at most once a second, and twenty times in all", () => {
    const done = [...exchanged, opened] as const;
    expect(effects(...done, { ...commit(BEA, 11), atMs: 999 })).toEqual([]);
    const again = (atMs: number) => ({ ...commit(BEA, 11), atMs });
    expect(effects(...done, again(1_000))).toEqual(["code-commit to B", "code-reveal to B"]);
    expect(effects(...done, again(1_000), { ...reveal(BEA, 21), atMs: 1_500 })).toEqual([]);
    const many = Array.from({ length: 20 }, (_, count) => again(1_000 * (count + 1)));
    expect(effects(...done, ...many)).toHaveLength(2);
    expect(effects(...done, ...many, again(60_000))).toEqual([]);
  });

  it("[VERIFY-7] names those it waits for, as silent after ten seconds", () => {
    const { run } = after({ ...wanted, atMs: 5_000 }, bound, commit(BEA, 11));
    expect(missingFrom(run)).toEqual([CEM]);
    expect(silentIn(run, 14_999)).toEqual([]);
    expect(silentIn(run, 15_000)).toEqual([CEM]);
    expect(missingFrom(after().run)).toEqual([]);
    expect(missingFrom(after(...exchanged, opened).run)).toEqual([]);
  });

  it("alone there is no run", () => {
    expect(stepCode(newCodeRun(epoch, []), { ...wanted, atMs: 0 }).effects).toEqual([]);
  });
});
