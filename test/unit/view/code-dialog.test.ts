import { describe, expect, it } from "vitest";
import { sha256, toBase64Url, utf8 } from "../../../protocol/bytes.ts";
import { CODE_SIGN_KINDS } from "../../../protocol/security-code.ts";
import type { CallPhase, SecurityState } from "../../../web/core/call-state.ts";
import { codeSigns } from "../../../web/i18n/code-signs.ts";
import { codeTextsFor } from "../../../web/i18n/code-texts.ts";
import { en } from "../../../web/i18n/en.ts";
import { codeDialogOf } from "../../../web/view/code-dialog.ts";
import { shieldOf } from "../../../web/view/shield.ts";
import { tilesOf } from "../../../web/view/tiles.ts";
import { lobbySnapshot, person } from "../../support/fake-call.ts";

const texts = codeTextsFor("en");
const ready: SecurityState["code"] = {
  phase: "ready",
  signs: [0, 1, 2, 3, 4, 332],
  digits: "123450000067890123450000067890",
};
const self = person({ key: "self", isSelf: true, link: "self" });
const tiles = (...trusts: readonly ("verified" | "changed" | "unknown")[]) => {
  const names = ["Ann", "Ben", "Cem"];
  const people = trusts.map((trust, index) => person({ key: names[index] ?? "", trust }));
  return tilesOf({ ...lobbySnapshot, phase: "live", people: [self, ...people] }, en);
};
const show = (
  security: Partial<SecurityState>,
  shown = tiles("unknown", "unknown"),
  phase: CallPhase = "live",
) =>
  codeDialogOf({
    security: { ...lobbySnapshot.security, code: ready, ...security },
    phase,
    tiles: shown,
    tag: "en",
    someone: "Guest",
    texts,
  });

describe("the list of signs", () => {
  it("[VERIFY-6] is the one that the wire has fixed: 333, all different, each with a name of its own", async () => {
    const signs = codeSigns.map(([sign]) => sign);
    expect(new Set(signs).size).toBe(CODE_SIGN_KINDS);
    expect(toBase64Url(await sha256(utf8(signs.join(""))))).toBe(
      "-4ycrXeZtH9tNXAM0kskbPiAelLmOmC_gq2qqO5YuNo",
    );
    const names = codeSigns.map(([, name]) => name.toLowerCase());
    expect(new Set(names).size).toBe(CODE_SIGN_KINDS);
    expect(names.every((name) => name !== "" && name.length <= 16)).toBe(true);
  });
});

describe("the dialog of the security code", () => {
  it("shows the signs by name and the digits in groups of five", () => {
    const { code, question, status } = show({});
    expect(code?.signs.map(({ name }) => name)).toEqual([
      ...codeSigns.slice(0, 5).map(([, name]) => name),
      codeSigns.at(-1)?.[1],
    ]);
    expect(code?.groups).toEqual(["12345", "00000", "67890", "12345", "00000", "67890"]);
    expect([question, status]).toEqual(["compare", "The code is ready."]);
  });

  it("names those it waits for, then those who do not answer, and asks nothing", () => {
    const waiting = { phase: "waiting", missing: ["Ann", "Ben"], silent: [] } as const;
    expect(show({ code: waiting })).toMatchObject({
      status: "Waiting for Ann and Ben…",
      isBusy: true,
      code: undefined,
      question: undefined,
    });
    expect(show({ code: { ...waiting, silent: ["Ben"] } }).status).toBe("Ben does not answer.");
    expect(show({ code: { ...waiting, silent: ["Ann", "Ben"] } })).toMatchObject({
      status: "Ann and Ben do not answer.",
      hint: texts.silentHint,
      isBusy: false,
    });
  });

  it("names who sent what does not fit, and shows no code", () => {
    const { status, code, question } = show({ code: { phase: "refused", by: "Ben" } });
    expect(status).toMatch(/^Ben sent a part that does not fit/);
    expect([code, question]).toEqual([undefined, undefined]);
  });

  it("shows nothing to compare alone, or while the call is not connected", () => {
    expect(show({ code: { phase: "alone" } }).status).toBe(texts.alone);
    expect(show({}, tiles("unknown"), "reconnecting")).toMatchObject({
      status: texts.away,
      code: undefined,
      question: undefined,
    });
  });

  it("a match stands until somebody joins, who is named", () => {
    expect(show({ verdict: "match" }, tiles("verified", "verified"))).toMatchObject({
      question: "matched",
      warnings: [],
    });
    expect(show({ verdict: "match", newcomers: ["Ben"] })).toMatchObject({
      question: "compare",
      warnings: ["Ben joined since you compared. Compare again."],
    });
  });

  it("a mismatch says what to do", () => {
    expect(show({ verdict: "mismatch" })).toMatchObject({
      question: "mismatched",
      status: texts.mismatched.title,
      hint: texts.mismatched.text,
    });
  });

  it("says that everybody is known from before, or is not who they were", () => {
    expect(show({}, tiles("verified", "verified")).status).toBe(texts.known);
    expect(show({}, tiles("verified", "changed")).warnings).toEqual([texts.changed("Ben")]);
  });
});

describe("the shield", () => {
  const stateOf = (security: Partial<SecurityState>, shown: ReturnType<typeof tiles>) =>
    shieldOf({ ...lobbySnapshot.security, ...security }, shown, en).state;

  it("stands for everybody who is there", () => {
    expect(stateOf({}, tiles("verified", "verified"))).toBe("verified");
    expect(stateOf({}, tiles("verified", "unknown"))).toBe("plain");
    expect(stateOf({}, tiles())).toBe("plain");
  });

  it("asks for attention where something changed", () => {
    expect(stateOf({}, tiles("verified", "changed"))).toBe("attention");
    expect(stateOf({ newcomers: ["Ann"] }, tiles("unknown"))).toBe("attention");
    expect(stateOf({ verdict: "mismatch" }, tiles("verified"))).toBe("attention");
  });
});
