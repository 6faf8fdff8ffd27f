import type { SecurityState } from "../core/call-state.ts";
import type { Catalogue } from "../i18n/catalogue.ts";
import type { Tile } from "./tiles.ts";

/** The button that leads to the security code. */
export type Shield = {
  readonly state: "plain" | "verified" | "attention";
  /** What the state means; said with the button's name. */
  readonly words: string | undefined;
};

export function shieldOf(
  { verdict, newcomers }: SecurityState,
  tiles: readonly Tile[],
  text: Catalogue,
): Shield {
  const others = tiles.filter(({ isSelf }) => !isSelf);
  const isAlarming = verdict === "mismatch" || newcomers.length > 0;
  if (isAlarming || others.some(({ trust }) => trust === "changed"))
    return { state: "attention", words: text.call.code.attention };
  if (others.length > 0 && others.every(({ trust }) => trust === "verified"))
    return { state: "verified", words: text.call.code.verified };
  return { state: "plain", words: undefined };
}
