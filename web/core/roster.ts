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
  };
  readonly of: (memberId: MemberId) => MemberState | undefined;
  /** The next cast of one's own state, kept for repetition. */
  readonly say: (state: MemberState) => Uint8Array<ArrayBuffer>;
  readonly said: (from: number, to: number) => readonly Cast[];
  /** The last cast of one's own state: what somebody who has just come is told. */
  readonly newest: (state: MemberState) => Cast;
  /** Number of the last cast read of a member; 0 where there is none. */
  readonly lastOf: (memberId: MemberId) => number;
  readonly forget: (memberId: MemberId) => void;
};

export function createRoster(): Roster {
  const states = new Map<MemberId, MemberState & { readonly sequence: number }>();
  const own: Cast[] = [];
  let sequence = 0;

  function say(state: MemberState): Cast {
    sequence += 1;
    const cast: Cast = { sequence, type: "state", ...state };
    own.push(cast);
    if (own.length > KEPT) own.shift();
    return cast;
  }

  return {
    hear: (from, cast) => {
      const last = states.get(from);
      // An older state that arrives late says nothing new.
      if (last !== undefined && cast.sequence <= last.sequence) return { missing: undefined };
      states.set(from, {
        name: cast.name ?? last?.name,
        microphone: cast.microphone ?? last?.microphone ?? false,
        camera: cast.camera ?? last?.camera ?? false,
        sequence: cast.sequence,
      });
      const gap = last !== undefined && cast.sequence > last.sequence + 1;
      return { missing: gap ? { from: last.sequence + 1, to: cast.sequence - 1 } : undefined };
    },
    of: (memberId) => states.get(memberId),
    say: (state) => castCodec.encode(say(state)),
    said: (from, to) => own.filter((cast) => cast.sequence >= from && cast.sequence <= to),
    newest: (state) => own.at(-1) ?? say(state),
    lastOf: (memberId) => states.get(memberId)?.sequence ?? 0,
    forget: (memberId) => {
      states.delete(memberId);
    },
  };
}
