import type { RemoteCandidate } from "./candidate-lines.ts";

/**
 * Perfect negotiation (webrtc-pc §10.7, RFC 8829) as a pure machine: which description is made or taken next.
 *
 * Differs from the published example in two things. Descriptions are worked on one at a time, in
 * order of arrival, so no flag stands for "an offer is being made". And the offer of a restart is
 * not set before its answer is there, so that yielding is forgetting it, and nothing is rolled back:
 * Chromium 156 makes all channels anew when it rolls back, and the new ones have no transform.
 */
export type Negotiation = {
  readonly polite: boolean;
  readonly phase: "stable" | "have-local-offer";
  /** The one description being worked on; everything else waits for it. */
  readonly running: DescriptionEffect["type"] | undefined;
  readonly waiting: readonly NegotiationInput[];
  /** A remote description has been set: candidates can be added. */
  readonly described: boolean;
  /** The peer's offer lost to ours, so its candidates mean nothing. */
  readonly ignoring: boolean;
  readonly held: readonly RemoteCandidate[];
};

export type NegotiationInput =
  /** The first is the connection's own; every later one restarts ICE. */
  | { readonly type: "offer" }
  /** No answer came: the same offer once more, which a peer that did get it answers alike. */
  | { readonly type: "resend" }
  | { readonly type: "remote-offer"; readonly sdp: string }
  | { readonly type: "remote-answer"; readonly sdp: string }
  | { readonly type: "remote-candidates"; readonly candidates: readonly RemoteCandidate[] };

export type NegotiationEvent = NegotiationInput | { readonly type: "done" };

type DescriptionEffect =
  | { readonly type: "make-offer"; readonly isRestart: boolean }
  /** Forgets a restart of our own, sets the remote offer and answers. */
  | { readonly type: "take-offer"; readonly sdp: string }
  /** Sets the restart's offer first, if it is one. */
  | { readonly type: "take-answer"; readonly sdp: string };

/** Of the description effects one runs at a time, and is followed by `done`. */
export type NegotiationEffect =
  | DescriptionEffect
  | { readonly type: "send-again" }
  | { readonly type: "add-candidates"; readonly candidates: readonly RemoteCandidate[] };

type Step = { readonly state: Negotiation; readonly effects: readonly NegotiationEffect[] };

/** More than an honest peer ever has in flight. */
const MOST_WAITING = 64;

export const newNegotiation = (polite: boolean): Negotiation => ({
  polite,
  phase: "stable",
  running: undefined,
  waiting: [],
  described: false,
  ignoring: false,
  held: [],
});

/** The next state, and what the browser is to do. */
export function negotiate(state: Negotiation, event: NegotiationEvent): Step {
  if (event.type === "done") return finish(state);
  if (state.running === undefined) return begin(state, event);
  const waiting = state.waiting.length < MOST_WAITING ? [...state.waiting, event] : state.waiting;
  return { state: { ...state, waiting }, effects: [] };
}

function begin(state: Negotiation, input: NegotiationInput): Step {
  switch (input.type) {
    case "offer":
      // One that is not answered yet is as good as new: an answer to it may be on its way.
      if (state.phase === "have-local-offer") return still(state, [{ type: "send-again" }]);
      return run(state, { type: "make-offer", isRestart: state.described });
    case "resend":
      return still(state, state.phase === "have-local-offer" ? [{ type: "send-again" }] : []);
    case "remote-offer": {
      const collides = state.phase === "have-local-offer";
      if (collides && !state.polite) return still({ ...state, ignoring: true }, []);
      return run(state, { type: "take-offer", sdp: input.sdp });
    }
    case "remote-answer":
      // An answer to an offer that yielded, or a second one.
      if (state.phase === "stable") return still(state, []);
      return run(state, { type: "take-answer", sdp: input.sdp });
    case "remote-candidates":
      return takeCandidates(state, input.candidates);
  }
}

function takeCandidates(state: Negotiation, candidates: readonly RemoteCandidate[]): Step {
  if (state.ignoring) return still(state, []);
  if (state.described) return still(state, [{ type: "add-candidates", candidates }]);
  // They may overtake the description they belong to.
  const held = [...state.held, ...candidates].slice(0, MOST_WAITING);
  return still({ ...state, held }, []);
}

function finish(state: Negotiation): Step {
  const took = state.running === "take-offer" || state.running === "take-answer";
  let next: Negotiation = {
    ...state,
    running: undefined,
    phase: took ? "stable" : "have-local-offer",
    described: state.described || took,
    ignoring: took ? false : state.ignoring,
    held: took ? [] : state.held,
    waiting: [],
  };
  const effects: NegotiationEffect[] =
    took && state.held.length > 0 ? [{ type: "add-candidates", candidates: state.held }] : [];
  for (const input of state.waiting) {
    const step = negotiate(next, input);
    next = step.state;
    effects.push(...step.effects);
  }
  return { state: next, effects };
}

const run = (state: Negotiation, effect: DescriptionEffect): Step => ({
  state: { ...state, running: effect.type },
  effects: [effect],
});

const still = (state: Negotiation, effects: readonly NegotiationEffect[]): Step => ({
  state,
  effects,
});
