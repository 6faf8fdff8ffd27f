import type { CallPhase, SecurityState } from "../core/call-state.ts";
import type { CodeTexts } from "../i18n/code-texts.ts";
import type { Tile } from "./tiles.ts";

/** What the dialog "Security code" shows. */
export type CodeDialog = {
  /** How it stands with the code; read out when it changes. */
  readonly status: string;
  readonly hint: string | undefined;
  /** Something is being waited for. */
  readonly isBusy: boolean;
  /** What should make one look twice, a line each. */
  readonly warnings: readonly string[];
  readonly code: ShownCode | undefined;
  /** What may be said of the code. */
  readonly question: "compare" | "matched" | "mismatched" | undefined;
  readonly remembered: number;
};

export type ShownCode = {
  readonly signs: readonly { readonly sign: string; readonly name: string }[];
  readonly groups: readonly string[];
  readonly digits: string;
};

const DIGITS_IN_A_GROUP = /\d{5}/g;

export function codeDialogOf(options: {
  readonly security: SecurityState;
  readonly phase: CallPhase;
  readonly tiles: readonly Tile[];
  readonly tag: string;
  readonly someone: string;
  readonly texts: CodeTexts;
}): CodeDialog {
  const { security, phase, tiles, texts } = options;
  const others = tiles.filter(({ isSelf }) => !isSelf);
  const nameOf = (key: string | undefined): string =>
    others.find((tile) => tile.key === key)?.label ?? options.someone;
  const list = new Intl.ListFormat(options.tag, { type: "conjunction" });
  const names = (keys: readonly string[]): string => list.format(keys.map(nameOf));

  const changed = others.filter(({ trust }) => trust === "changed");
  // Of somebody who is not who they were, that says it all.
  const newcomers = security.newcomers.filter((key) => !changed.some((tile) => tile.key === key));
  const joined = newcomers.length === 0 ? [] : [texts.joined(names(newcomers))];
  const shown = {
    hint: undefined,
    isBusy: false,
    warnings: [...changed.map(({ label }) => texts.changed(label)), ...joined],
    code: undefined,
    question: undefined,
    remembered: security.remembered,
  };
  const { code } = security;
  if (phase !== "live") return { ...shown, status: texts.away };
  switch (code.phase) {
    case "alone":
      return { ...shown, status: texts.alone };
    case "waiting":
      return code.silent.length === 0
        ? { ...shown, status: texts.waiting(names(code.missing)), isBusy: true }
        : {
            ...shown,
            status: texts.silent(names(code.silent), code.silent.length),
            hint: texts.silentHint,
          };
    case "refused":
      return { ...shown, status: texts.refused(nameOf(code.by)) };
    case "ready": {
      const question = questionOf(security);
      const isKnown = others.every(({ trust }) => trust === "verified");
      return {
        ...shown,
        status: {
          compare: isKnown ? texts.known : texts.ready,
          matched: texts.matched,
          mismatched: texts.mismatched.title,
        }[question],
        hint: question === "mismatched" ? texts.mismatched.text : undefined,
        code: {
          signs: code.signs.map((place) => {
            const [sign = "", name = ""] = texts.list[place] ?? [];
            return { sign, name };
          }),
          groups: code.digits.match(DIGITS_IN_A_GROUP) ?? [],
          digits: code.digits,
        },
        question,
      };
    }
  }
}

function questionOf({ verdict, newcomers }: SecurityState): "compare" | "matched" | "mismatched" {
  if (verdict === "mismatch") return "mismatched";
  return verdict === "match" && newcomers.length === 0 ? "matched" : "compare";
}
