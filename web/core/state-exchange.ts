import { type Cast, castCodec } from "../../protocol/cast.ts";
import type { ClientMessage } from "../../protocol/client-messages.ts";
import type { MemberId } from "../../protocol/ids.ts";
import type { CallCrypto, GroupView } from "./call-crypto.ts";
import type { Clock } from "./clock.ts";
import { createRoster, type MemberState } from "./roster.ts";

/** As many as anybody keeps. */
const CASTS_ASKED = 500;

/** What members say of themselves to one another, and who is new: SPEC CAST-1, PAIR-6. */
export type StateExchange = {
  readonly of: (memberId: MemberId) => MemberState | undefined;
  /** One's own state, to all in the group. */
  readonly say: () => Promise<void>;
  /** Asks a member to mute, in everybody's hearing. */
  readonly askMute: (memberId: MemberId) => Promise<void>;
  /** Somebody has come, or come back, and counts its casts from one. */
  readonly meet: (memberId: MemberId) => void;
  /** One's own state, to that one alone. */
  readonly greet: (memberId: MemberId) => Promise<void>;
  readonly sayAgain: (memberId: MemberId, from: number, to: number) => Promise<void>;
  readonly hearSealed: (cast: Uint8Array<ArrayBuffer>) => Promise<void>;
  readonly hear: (from: MemberId, cast: Cast) => Promise<void>;
  /** After an absence: what was said to all meanwhile did not reach us. */
  readonly catchUp: () => Promise<void>;
  /** Who is there as we come is not announced as coming. */
  readonly know: (memberIds: readonly MemberId[]) => void;
  /** Every second: who came without a word is announced all the same. */
  readonly tick: () => void;
  readonly forget: (memberId: MemberId) => void;
};

/** Who has said nothing of themselves for this long is announced without a name. */
const WORDLESS_MS = 5_000;

export function createStateExchange(ports: {
  readonly crypto: CallCrypto;
  readonly clock: Clock;
  readonly ownState: () => MemberState;
  readonly view: () => GroupView | undefined;
  readonly send: (message: ClientMessage) => boolean;
  readonly sayCast: (memberId: MemberId, cast: Cast) => Promise<void>;
  readonly askMissing: (memberId: MemberId, from: number, to: number) => Promise<void>;
  readonly onJoined: (name: string | undefined) => void;
  readonly onMuteAsked: (from: MemberId, target: MemberId) => void;
  readonly onChanged: () => void;
}): StateExchange {
  const { crypto, ownState } = ports;
  const roster = createRoster();
  const known = new Set<MemberId>();
  const wordless = new Map<MemberId, number>();

  function announce(memberId: MemberId, name: string | undefined): void {
    wordless.delete(memberId);
    if (known.has(memberId)) return;
    known.add(memberId);
    ports.onJoined(name);
  }

  async function hear(from: MemberId, cast: Cast): Promise<void> {
    const { missing, isNews } = roster.hear(from, cast);
    if (isNews && cast.type === "mute" && cast.target !== undefined)
      ports.onMuteAsked(from, cast.target);
    announce(from, cast.name);
    ports.onChanged();
    if (missing !== undefined) await ports.askMissing(from, missing.from, missing.to);
  }

  return {
    of: roster.of,
    say: async () => {
      const view = ports.view();
      if (view === undefined || view.members.length < 2) return;
      const cast = await crypto.sealCast(roster.say(ownState()));
      ports.send({ type: "cast", groupId: view.groupId, cast });
    },
    askMute: async (memberId) => {
      const view = ports.view();
      if (view === undefined) return;
      const cast = await crypto.sealCast(roster.askMute(memberId));
      ports.send({ type: "cast", groupId: view.groupId, cast });
    },
    meet: (memberId) => {
      roster.forget(memberId);
      wordless.set(memberId, ports.clock.nowMs());
    },
    greet: (memberId) => ports.sayCast(memberId, roster.newest(ownState())),
    sayAgain: async (memberId, from, to) => {
      for (const cast of roster.said(from, to)) await ports.sayCast(memberId, cast);
    },
    hearSealed: async (sealed) => {
      const opened = await crypto.openCast(sealed);
      if (!opened.ok) return;
      const cast = castCodec.decode(opened.value.content);
      if (cast.ok) await hear(opened.value.from, cast.value);
    },
    hear,
    catchUp: async () => {
      for (const { memberId } of ports.view()?.members ?? []) {
        const last = roster.lastOf(memberId);
        await ports.askMissing(memberId, last + 1, last + CASTS_ASKED);
      }
    },
    know: (memberIds) => {
      for (const memberId of memberIds) known.add(memberId);
    },
    tick: () => {
      for (const [memberId, sinceMs] of wordless) {
        if (ports.clock.nowMs() - sinceMs >= WORDLESS_MS) announce(memberId, undefined);
      }
    },
    forget: (memberId) => {
      roster.forget(memberId);
      wordless.delete(memberId);
      known.delete(memberId);
    },
  };
}
