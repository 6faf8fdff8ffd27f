import { describe, expect, it } from "vitest";
import type { Epoch, LeafIndex } from "../../../protocol/ids.ts";
import type { LeafCommit, LeafNonce } from "../../../web/core/call-crypto.ts";
import {
  callOf,
  join,
  enterRoom,
  type Member,
  nth,
  take,
  type TestCall,
  unwrap,
} from "./members.ts";

type Bytes = Uint8Array<ArrayBuffer>;
const leaf = (index: number): LeafIndex => index as LeafIndex;
const altered = (bytes: Bytes): Bytes => bytes.map((byte, at) => (at === 3 ? byte ^ 1 : byte));

/** Members sit on the leaves in the order they joined in. */
async function commitsFor(call: TestCall, self: number) {
  const all = await Promise.all(call.members.map(({ crypto }) => crypto.codeCommit()));
  const epoch = all[self]?.epoch ?? (-1 as Epoch);
  const commits = all.flatMap(({ commit }, index): LeafCommit[] =>
    index === self ? [] : [{ leaf: leaf(index), commit }],
  );
  return { epoch, commits };
}

async function reveal(call: TestCall, self: number): Promise<Bytes> {
  return unwrap(await nth(call, self).crypto.codeReveal(await commitsFor(call, self)));
}

/** The whole run, everybody honest. */
async function codes(call: TestCall) {
  const nonces: Bytes[] = [];
  for (const index of call.members.keys()) nonces.push(await reveal(call, index));
  const { epoch } = await nth(call, 0).crypto.codeCommit();
  const opened = call.members.map(({ crypto }, self) =>
    crypto.codeOpen({
      epoch,
      nonces: nonces.flatMap((nonce, index): LeafNonce[] =>
        index === self ? [] : [{ leaf: leaf(index), nonce }],
      ),
    }),
  );
  return (await Promise.all(opened)).map((result) => unwrap(result));
}

const update = async (call: TestCall, by: Member): Promise<TestCall> =>
  take(call, by, unwrap(await by.crypto.prepareCommit({ kind: "update" })));

describe("the security code", () => {
  it("[VERIFY-4] is one for all in the call, and another for another call", async () => {
    const call = await callOf(3);
    const [first, ...others] = await codes(call);
    expect(others).toEqual([first, first]);
    expect(first?.signs).toHaveLength(6);
    expect(first?.digits).toMatch(/^\d{30}$/);
    const [elsewhere] = await codes(await callOf(3));
    expect(elsewhere?.signs).not.toEqual(first?.signs);
    expect(elsewhere?.digits).not.toBe(first?.digits);
  });

  it("[VERIFY-1] stays the same through updates, and is another after a join or a removal", async () => {
    let call: TestCall = await callOf(2);
    const [before] = await codes(call);
    for (let count = 0; count < 10; count += 1) call = await update(call, nth(call, count % 2));
    expect((await codes(call))[1]).toEqual(before);
    const three = await join(call, await enterRoom(call.room, { fingerprint: 9 }));
    const [joined] = await codes(three);
    expect(joined).not.toEqual(before);
    const gone = { kind: "gone", leaves: [leaf(2)] } as const;
    const pending = unwrap(await nth(three, 0).crypto.prepareCommit(gone));
    const two = await take(
      { ...three, members: three.members.slice(0, 2) },
      nth(three, 0),
      pending,
    );
    const [after] = await codes(two);
    expect(after).not.toEqual(joined);
    expect(after).not.toEqual(before);
  });

  it("[VERIFY-2] a member is bound by one commit a run, however often it is asked", async () => {
    const { crypto } = nth(await callOf(2), 0);
    expect(await crypto.codeCommit()).toEqual(await crypto.codeCommit());
  });

  it("[VERIFY-3] a nonce is given only against a commit of every other member", async () => {
    const call = await callOf(3);
    const { crypto } = nth(call, 0);
    const { epoch, commits } = await commitsFor(call, 0);
    const [first, second] = commits as [LeafCommit, LeafCommit];
    const incomplete = { ok: false, error: { code: "code-commits-incomplete" } };
    const own = { leaf: leaf(0), commit: first.commit };
    for (const given of [[], [first], [first, first], [first, own], [first, second, own]])
      expect(await crypto.codeReveal({ epoch, commits: given })).toEqual(incomplete);
    expect(await crypto.codeReveal({ epoch, commits })).toMatchObject({ ok: true });
  });

  it("[VERIFY-3] whoever has seen a nonce can't be bound by another commit", async () => {
    const call = await callOf(2);
    const { crypto } = nth(call, 0);
    const { epoch, commits } = await commitsFor(call, 0);
    const nonce = unwrap(await crypto.codeReveal({ epoch, commits }));
    const others = commits.map(({ leaf: of, commit }) => ({ leaf: of, commit: altered(commit) }));
    expect(await crypto.codeReveal({ epoch, commits: others })).toEqual({
      ok: false,
      error: { code: "code-commits-changed" },
    });
    expect(unwrap(await crypto.codeReveal({ epoch, commits }))).toEqual(nonce);
  });

  it("[VERIFY-4] a nonce that is not the one a leaf was bound by gives no code, and the leaf is named", async () => {
    const call = await callOf(3);
    const nonces = [await reveal(call, 0), await reveal(call, 1), await reveal(call, 2)];
    const { crypto } = nth(call, 0);
    const { epoch } = await crypto.codeCommit();
    const [, one, two] = nonces as [Bytes, Bytes, Bytes];
    const mismatch = { ok: false, error: { code: "code-nonce-mismatch", leaf: 2 } };
    const open = (second: Bytes) =>
      crypto.codeOpen({
        epoch,
        nonces: [
          { leaf: leaf(1), nonce: one },
          { leaf: leaf(2), nonce: second },
        ],
      });
    expect(await open(altered(two))).toEqual(mismatch);
    // Another member's nonce, which was fit for that member's commit.
    expect(await open(one)).toEqual(mismatch);
    expect(await open(two)).toMatchObject({ ok: true });
  });

  it("[VERIFY-4] no code comes of some nonces only, of a stranger's, or before one's own was given", async () => {
    const call = await callOf(2);
    const { crypto } = nth(call, 0);
    const { epoch } = await crypto.codeCommit();
    const nonces = [{ leaf: leaf(1), nonce: await reveal(call, 1) }];
    expect(await crypto.codeOpen({ epoch, nonces })).toMatchObject({
      error: { code: "code-commits-incomplete" },
    });
    await reveal(call, 0);
    for (const given of [[], [...nonces, { leaf: leaf(7), nonce: new Uint8Array(32) }]])
      expect(await crypto.codeOpen({ epoch, nonces: given })).toMatchObject({
        error: { code: "code-nonces-incomplete" },
      });
    expect(await crypto.codeOpen({ epoch, nonces })).toMatchObject({ ok: true });
  });

  it("[VERIFY-1] commits and nonces of a run that is over fit no other", async () => {
    const call = await callOf(2);
    const old = await commitsFor(call, 0);
    const nonces = [{ leaf: leaf(1), nonce: await reveal(call, 1) }];
    const three = await join(call, await enterRoom(call.room, { fingerprint: 9 }));
    const { crypto } = nth(three, 0);
    expect(await crypto.codeReveal(old)).toMatchObject({ error: { code: "code-run-other" } });
    const now = await commitsFor(three, 0);
    // The old commit in the new run: taken as a commit, but nothing opens it.
    const [, newcomer] = now.commits as [LeafCommit, LeafCommit];
    const replayed = [...old.commits, newcomer];
    unwrap(await crypto.codeReveal({ epoch: now.epoch, commits: replayed }));
    expect(await crypto.codeOpen({ epoch: now.epoch, nonces })).toMatchObject({
      error: { code: "code-nonce-mismatch", leaf: 1 },
    });
    expect(await crypto.codeOpen({ epoch: old.epoch, nonces })).toMatchObject({
      error: { code: "code-run-other" },
    });
  });

  it("[VERIFY-2] a commit that is copied from somebody else opens for nobody", async () => {
    const call = await callOf(3);
    const { crypto } = nth(call, 0);
    const { epoch, commits } = await commitsFor(call, 0);
    const [one] = commits as [LeafCommit, LeafCommit];
    const copied = [one, { leaf: leaf(2), commit: one.commit }];
    unwrap(await crypto.codeReveal({ epoch, commits: copied }));
    const nonce = await reveal(call, 1);
    expect(
      await crypto.codeOpen({
        epoch,
        nonces: [
          { leaf: leaf(1), nonce },
          { leaf: leaf(2), nonce },
        ],
      }),
    ).toEqual({ ok: false, error: { code: "code-nonce-mismatch", leaf: 2 } });
  });
});
