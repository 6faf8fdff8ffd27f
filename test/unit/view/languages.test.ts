import { describe, expect, it } from "vitest";
import { en } from "../../../web/i18n/en.ts";
import { catalogueFor } from "../../../web/i18n/languages.ts";
import { plural } from "../../../web/i18n/plural.ts";

describe("languages", () => {
  it("a regional form finds its language, an unknown one English", () => {
    expect(catalogueFor(["en-GB"])).toBe(en);
    expect(catalogueFor(["xx", "en"])).toBe(en);
    expect(catalogueFor([])).toBe(en);
  });

  it("numbers take the form their language gives them", () => {
    const forms = { one: "plik", few: "pliki", many: "plików", other: "pliku" };
    expect([1, 3, 5, 1.5].map((count) => plural("pl", count, forms))).toEqual([
      "plik",
      "pliki",
      "plików",
      "pliku",
    ]);
    expect(plural("ja", 1, { other: "人" })).toBe("人");
    expect([en.lobby.inCall(1), en.lobby.inCall(2)]).toEqual([
      "1 person is in the call.",
      "2 people are in the call.",
    ]);
  });
});
