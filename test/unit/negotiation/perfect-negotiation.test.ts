import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  negotiate,
  type Negotiation,
  type NegotiationEffect,
  type NegotiationEvent,
  newNegotiation,
} from "../../../web/core/negotiation/perfect-negotiation.ts";

const OFFER = { type: "offer" } as const;
const REMOTE_OFFER = { type: "remote-offer", sdp: "their offer" } as const;
const REMOTE_ANSWER = { type: "remote-answer", sdp: "their answer" } as const;
const DONE = { type: "done" } as const;
const CANDIDATE = { candidate: "candidate:1", sdpMid: "0", usernameFragment: null };
const CANDIDATES = { type: "remote-candidates", candidates: [CANDIDATE] } as const;

/** The state after these events, and the effects of the last. */
function after(
  polite: boolean,
  ...events: readonly NegotiationEvent[]
): { readonly state: Negotiation; readonly effects: readonly NegotiationEffect[] } {
  let step = { state: newNegotiation(polite), effects: [] as readonly NegotiationEffect[] };
  for (const event of events) step = negotiate(step.state, event);
  return step;
}
const typesOf = (effects: readonly NegotiationEffect[]) => effects.map(({ type }) => type);

describe("perfect negotiation", () => {
  it("makes an offer, waits for the answer and takes it", () => {
    expect(after(false, OFFER).effects).toEqual([{ type: "make-offer", isRestart: false }]);
    expect(after(false, OFFER, DONE).state.phase).toBe("have-local-offer");
    expect(after(false, OFFER, DONE, REMOTE_ANSWER).effects).toEqual([
      { type: "take-answer", sdp: "their answer" },
    ]);
    expect(after(false, OFFER, DONE, REMOTE_ANSWER, DONE).state.phase).toBe("stable");
  });

  it("works on one description at a time", () => {
    const busy = after(false, REMOTE_OFFER, OFFER);
    expect(busy.effects).toEqual([]);
    expect(typesOf(negotiate(busy.state, DONE).effects)).toEqual(["make-offer"]);
  });

  it("[NEG-1] of two offers at once the impolite side's stands: it ignores the other, its candidates too", () => {
    // A restart: the connection has a remote description, to which candidates could be added.
    const ignored = after(false, REMOTE_OFFER, DONE, OFFER, DONE, REMOTE_OFFER);
    expect(ignored.effects).toEqual([]);
    expect(ignored.state.phase).toBe("have-local-offer");
    expect(negotiate(ignored.state, CANDIDATES).effects).toEqual([]);
    expect(typesOf(negotiate(ignored.state, REMOTE_ANSWER).effects)).toEqual(["take-answer"]);
  });

  it("[NEG-1] of two offers at once the polite side's yields: it takes the other and answers", () => {
    const yielded = after(true, OFFER, DONE, REMOTE_OFFER);
    expect(typesOf(yielded.effects)).toEqual(["take-offer"]);
    expect(negotiate(yielded.state, DONE).state.phase).toBe("stable");
  });

  it("[NEG-1] an offer that comes while one's own is being made collides with it all the same", () => {
    const waiting = (polite: boolean) =>
      negotiate(after(polite, OFFER, REMOTE_OFFER).state, DONE).effects;
    expect(typesOf(waiting(true))).toEqual(["take-offer"]);
    expect(waiting(false)).toEqual([]);
  });

  it("after a glare the impolite side takes the peer's next offer", () => {
    const settled = after(false, OFFER, DONE, REMOTE_OFFER, REMOTE_ANSWER, DONE);
    expect(typesOf(negotiate(settled.state, REMOTE_OFFER).effects)).toEqual(["take-offer"]);
  });

  it("drops an answer to an offer that yielded", () => {
    expect(after(true, OFFER, DONE, REMOTE_OFFER, DONE, REMOTE_ANSWER).effects).toEqual([]);
  });

  it("holds candidates that overtake their description, and adds them after it", () => {
    const held = after(true, CANDIDATES, CANDIDATES, REMOTE_OFFER);
    expect(typesOf(held.effects)).toEqual(["take-offer"]);
    expect(negotiate(held.state, DONE).effects).toEqual([
      { type: "add-candidates", candidates: [CANDIDATE, CANDIDATE] },
    ]);
    expect(after(true, REMOTE_OFFER, DONE, CANDIDATES).effects).toEqual([
      { type: "add-candidates", candidates: [CANDIDATE] },
    ]);
    expect(after(true, OFFER, CANDIDATES, DONE, CANDIDATES, REMOTE_ANSWER, DONE).effects).toEqual([
      { type: "add-candidates", candidates: [CANDIDATE, CANDIDATE] },
    ]);
    expect(after(true, CANDIDATES, OFFER, DONE, REMOTE_ANSWER, DONE).effects).toEqual([
      { type: "add-candidates", candidates: [CANDIDATE] },
    ]);
  });

  it("sends its offer again while no answer came, and only then", () => {
    const resend = { type: "resend" } as const;
    expect(typesOf(after(false, OFFER, DONE, resend).effects)).toEqual(["send-again"]);
    expect(after(false, OFFER, DONE, REMOTE_ANSWER, DONE, resend).effects).toEqual([]);
  });

  it("restarts with every offer after the first", () => {
    expect(after(false, OFFER, DONE, REMOTE_ANSWER, DONE, OFFER).effects).toEqual([
      { type: "make-offer", isRestart: true },
    ]);
    expect(after(true, REMOTE_OFFER, DONE, OFFER).effects).toEqual([
      { type: "make-offer", isRestart: true },
    ]);
  });

  it("makes no second offer while one has no answer, for the answer may be on its way", () => {
    expect(after(false, OFFER, DONE, OFFER).effects).toEqual([{ type: "send-again" }]);
  });

  it("keeps a bounded number of events waiting, whatever a peer sends", () => {
    const flood = Array.from({ length: 1000 }, () => REMOTE_OFFER);
    expect(after(true, REMOTE_OFFER, ...flood).state.waiting.length).toBeLessThanOrEqual(64);
    const candidates = Array.from({ length: 1000 }, () => CANDIDATES);
    expect(after(true, ...candidates).state.held.length).toBeLessThanOrEqual(64);
  });

  const seed = 20_261_122;
  it(`two sides end stable and answered however their restarts cross (seed ${seed})`, () => {
    type Wire = { readonly to: number; readonly event: NegotiationEvent };
    const schedule = fc.array(fc.nat({ max: 11 }), { minLength: 20, maxLength: 120 });
    fc.assert(
      fc.property(schedule, (picks) => {
        const sides = [newNegotiation(false), newNegotiation(true)];
        const running: (NegotiationEffect["type"] | undefined)[] = [undefined, undefined];
        const lanes: Wire["event"][][] = [[], []];
        const feed = (side: number, event: NegotiationEvent): void => {
          const step = negotiate(sides[side] as Negotiation, event);
          sides[side] = step.state;
          for (const effect of step.effects) {
            if (effect.type === "send-again" || effect.type === "add-candidates") continue;
            expect(running[side]).toBeUndefined();
            running[side] = effect.type;
          }
        };
        const finish = (side: number): void => {
          const ran = running[side];
          if (ran === undefined) return;
          running[side] = undefined;
          // What the browser would send at this point.
          if (ran === "make-offer") lanes[1 - side]?.push(REMOTE_OFFER);
          if (ran === "take-offer") lanes[1 - side]?.push(REMOTE_ANSWER);
          feed(side, DONE);
        };
        const deliver = (side: number): void => {
          const event = lanes[side]?.shift();
          if (event !== undefined) feed(side, event);
        };
        for (const pick of picks) {
          const side = pick % 2;
          if (pick < 2) feed(side, OFFER);
          else if (pick < 7) finish(side);
          else deliver(side);
        }
        for (let round = 0; round < 1000; round += 1) {
          for (const side of [0, 1]) {
            finish(side);
            deliver(side);
          }
        }
        expect(lanes).toEqual([[], []]);
        expect(running).toEqual([undefined, undefined]);
        expect(sides.map(({ phase }) => phase)).toEqual(["stable", "stable"]);
      }),
      { seed, numRuns: 500 },
    );
  });
});
