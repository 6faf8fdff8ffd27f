import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Call, CallSnapshot, HostActions, HostingState } from "../core/call-state.ts";
import type { Catalogue } from "../i18n/catalogue.ts";
import type { Tile } from "./tiles.ts";

/** What a host may have open. */
export type HostDialog =
  | { readonly type: "waiting" | "controls" | "end" }
  | { readonly type: "remove"; readonly key: string; readonly name: string };

/** What a host may do to one person. */
export type PersonPowers = {
  readonly mute: boolean;
  readonly makeCoHost: boolean;
  readonly withdrawCoHost: boolean;
  readonly remove: boolean;
};

/** A host's tools as the pages show them. */
export type HostingView = {
  /** Undefined for who has no role. */
  readonly state: ReadonlySignal<HostingState | undefined>;
  readonly isHost: ReadonlySignal<boolean>;
  readonly waitingCount: ReadonlySignal<number>;
  /** Somebody waits, and the list is not open. */
  readonly waitingLine: ReadonlySignal<string | undefined>;
  readonly dialog: Signal<HostDialog | undefined>;
  readonly hostLink: ReadonlySignal<string | undefined>;
  readonly powersOver: (tile: Tile) => PersonPowers;
  readonly actions: HostActions;
};

const NO_POWERS: PersonPowers = {
  mute: false,
  makeCoHost: false,
  withdrawCoHost: false,
  remove: false,
};

export function createHostingView(
  call: Call,
  snapshot: ReadonlySignal<CallSnapshot>,
  text: Catalogue,
): HostingView {
  const dialog = signal<HostDialog | undefined>(undefined);
  const state = computed(() => snapshot.value.hosting);
  const waitingCount = computed(() => state.value?.waiting.length ?? 0);
  return {
    state,
    isHost: computed(() => state.value?.role === "host"),
    waitingCount,
    waitingLine: computed(() => {
      const count = waitingCount.value;
      if (count === 0 || dialog.value?.type === "waiting") return undefined;
      const [first] = state.value?.waiting ?? [];
      return count === 1 && first !== undefined
        ? text.notices.knock(first.name)
        : text.hosting.waiting(count);
    }),
    dialog,
    hostLink: computed(() => snapshot.value.hostLink),
    powersOver: ({ isSelf, role, microphone }) => {
      const own = state.value?.role;
      if (own === undefined || isSelf) return NO_POWERS;
      const isHost = own === "host";
      return {
        mute: microphone,
        makeCoHost: isHost && role === undefined,
        withdrawCoHost: isHost && role === "co-host",
        // A host's own devices are put out by nobody, and a co-host by a host alone: SPEC HOST-1.
        remove: role === undefined || (isHost && role === "co-host"),
      };
    },
    actions: call.host,
  };
}
