import { describe, expect, it } from "vitest";
import { FAILURE_CODES } from "../../../protocol/failure-codes.ts";
import { en } from "../../../web/i18n/en.ts";
import { CALL_FAILURE_CODES, adviceFor, sentenceFor } from "../../../web/view/failure-advice.ts";

describe("what is said of failures", () => {
  it.each(CALL_FAILURE_CODES)(
    "%s has a title without a full stop and a sentence with one",
    (code) => {
      const { title, text } = sentenceFor(en, code);
      expect(title).toMatch(/^[A-Z].*[^.!]$/u);
      expect(text).toMatch(/^[A-Z].*\.$/u);
    },
  );

  it("no two codes are told in the same words", () => {
    const titles = CALL_FAILURE_CODES.map((code) => sentenceFor(en, code).title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it("every code of the wire can be told, and nothing that is no code", () => {
    for (const code of FAILURE_CODES) expect(CALL_FAILURE_CODES).toContain(code);
    expect(Object.keys(en.failures).toSorted()).toEqual([...CALL_FAILURE_CODES].toSorted());
  });

  it.each(CALL_FAILURE_CODES)("%s is told without the words of a machine", (code) => {
    const { title, text } = sentenceFor(en, code);
    expect(`${title} ${text}`).not.toMatch(/\b(error|epoch|SDP|undefined|null|exception)\b/iu);
  });

  it("a link that can never work offers a new call, a passing trouble another try", () => {
    expect(adviceFor("link-cut")).toBe("new-call");
    expect(adviceFor("edge-unreachable")).toBe("again");
    expect(adviceFor("version-unknown")).toBe("reload");
  });
});
