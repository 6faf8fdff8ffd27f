import { type ReadonlySignal, signal } from "@preact/signals";

/** A part of the page that is fetched when it is first wanted. */
export type Later<Part> = {
  readonly state: ReadonlySignal<
    | { readonly phase: "absent" | "loading" | "failed" }
    | { readonly phase: "ready"; readonly part: Part }
  >;
  /** Fetches it, also once more after a failure. */
  readonly want: () => void;
};

export function createLater<Part>(load: () => Promise<Part>): Later<Part> {
  const state = signal<Later<Part>["state"]["value"]>({ phase: "absent" });
  return {
    state,
    want: () => {
      const { phase } = state.value;
      if (phase === "loading" || phase === "ready") return;
      state.value = { phase: "loading" };
      load().then(
        (part) => {
          state.value = { phase: "ready", part };
        },
        () => {
          state.value = { phase: "failed" };
        },
      );
    },
  };
}
