import { type Cast, castCodec } from "../../protocol/cast.ts";
import type { MemberId } from "../../protocol/ids.ts";

/** Own casts kept for those who missed one: SPEC PAIR-6. */
const KEPT = 500;

/** What a member said of itself. */
export type MemberState = {
  readonly name: string | undefined;
  readonly microphone: boolean;
  readonly camera: boolean;
};

/** Who said what of themselves, by a per-sender sequence. */
export type Roster = {
  /** Reads a cast of a member. `missing`: numbers between the last one read and this. */
  readonly hear: (
    from: MemberId,
    cast: Cast,
  ) => {
    readonly missing: { readonly from: number; readonly to: number } | undefined;
    /** False for what came late, or again. */
    readonly isNews: boolean;
  };
  readonly of: (memberId: MemberId) => MemberState | undefined;
  /** The next cast of one's own state, kept for repetition. */
  readonly say: (state: MemberState) => Uint8Array<ArrayBuffer>;
  /** The next cast, which asks somebody to mute: SPEC HOST-7. */
  readonly askMute: (target: MemberId) => Uint8Array<ArrayBuffer>;
  readonly said: (from: number, to: number) => readonly Cast[];
  /** A cast of one's own state, the last if it was one: what somebody who has just come is told. */
  readonly newest: (state: MemberState) => Cast;
  /** Number of the last cast read of a member; 0 where there is none. */
  readonly lastOf: (memberId: MemberId) => number;
  readonly forget: (memberId: MemberId) => void;
};

export function createRoster(): Roster {
  const states = new Map<MemberId, MemberState & { readonly sequence: number }>();
  const own: Cast[] = [];
  let sequence = 0;

  const say = (state: MemberState): Cast => keep({ type: "state", ...state });

  function keep(content: Omit<Cast, "sequence">): Cast {
    sequence += 1;
    const cast: Cast = { sequence, ...content };
    own.push(cast);
    if (own.length > KEPT) own.shift();
    return cast;
  }

  return {
    hear: (from, cast) => {
      const last = states.get(from);
      // An older state that arrives late says nothing new.
      if (last !== undefined && cast.sequence <= last.sequence)
        return { missing: undefined, isNews: false };
      states.set(from, {
        name: cast.name ?? last?.name,
        microphone: cast.microphone ?? last?.microphone ?? false,
        camera: cast.camera ?? last?.camera ?? false,
        sequence: cast.sequence,
      });
      const gap = last !== undefined && cast.sequence > last.sequence + 1;
      const missing = gap ? { from: last.sequence + 1, to: cast.sequence - 1 } : undefined;
      return { missing, isNews: true };
    },
    of: (memberId) => states.get(memberId),
    say: (state) => castCodec.encode(say(state)),
    askMute: (target) => castCodec.encode(keep({ type: "mute", target })),
    said: (from, to) => own.filter((cast) => cast.sequence >= from && cast.sequence <= to),
    newest: (state) => {
      const last = own.at(-1);
      return last?.type === "state" ? last : say(state);
    },
    lastOf: (memberId) => states.get(memberId)?.sequence ?? 0,
    forget: (memberId) => {
      states.delete(memberId);
    },
  };
}
