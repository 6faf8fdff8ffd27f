import { beforeEach, describe, expect, it } from "vitest";
import { type CandidateBatches, createCandidateBatches } from "../../../web/io/link-candidates.ts";
import { createManualClock, type ManualClock } from "../../support/manual-clock.ts";

describe("batches of candidates", () => {
  let clock: ManualClock;
  let batches: CandidateBatches;
  let sent: string[][];

  beforeEach(() => {
    clock = createManualClock();
    sent = [];
    batches = createCandidateBatches(clock, (batch) => sent.push(batch));
  });
  const add = (...names: readonly string[]): void => {
    for (const name of names) {
      batches.add({ candidate: name, sdpMid: "0", usernameFragment: null } as RTCIceCandidate);
    }
  };

  it("let the first go at once, and those that follow within 50 ms together", () => {
    add("a", "b", "c");
    expect(sent).toEqual([["a\n0"]]);
    clock.advance(49);
    expect(sent).toHaveLength(1);
    clock.advance(1);
    expect(sent[1]).toEqual(["b\n0", "c\n0"]);
    clock.advance(50);
    add("d");
    expect(sent[2]).toEqual(["d\n0"]);
  });

  it("hold no more than a signal does", () => {
    add(...Array.from({ length: 131 }, (_, index) => `c${index}`));
    clock.advance(200);
    expect(sent.map((batch) => batch.length)).toEqual([1, 64, 64, 2]);
    expect(new Set(sent.flat()).size).toBe(131);
  });

  it("leave no timer behind", () => {
    add("a", "b");
    batches.close();
    clock.advance(1_000);
    expect(sent).toHaveLength(1);
    expect(clock.pending()).toBe(0);
  });
});
