import { describe, expect, it } from "vitest";
import { readPastedLink } from "../../../web/view/pasted-link.ts";

const origin = "https://sotto.test";

describe("a pasted link", () => {
  it("of this site is opened here, key and label kept", () => {
    expect(readPastedLink(" https://sotto.test/r/abc#key/Tea%20time\n", origin)).toEqual({
      type: "here",
      link: "/r/abc#key/Tea%20time",
    });
  });

  it("is found among the words around it", () => {
    expect(readPastedLink("join us: https://sotto.test/r/abc#key now", origin)).toEqual({
      type: "here",
      link: "/r/abc#key",
    });
  });

  it("may lack its scheme or its host", () => {
    expect(readPastedLink("sotto.test/r/abc#key", origin).type).toBe("here");
    expect(readPastedLink("/r/abc#key", origin)).toEqual({ type: "here", link: "/r/abc#key" });
  });

  it("of another site is named, not followed", () => {
    expect(readPastedLink("https://calls.example/r/abc#key", origin)).toEqual({
      type: "other-site",
      url: "https://calls.example/r/abc#key",
      host: "calls.example",
    });
  });

  it.each([
    "",
    "hello",
    "https://sotto.test/",
    "javascript:alert(1)/r/x",
    "https://sotto.test/x/r/",
  ])("%j is no link to a call", (pasted) => {
    expect(readPastedLink(pasted, origin)).toEqual({ type: "not-a-link" });
  });
});
