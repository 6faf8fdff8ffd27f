import { describe, expect, it } from "vitest";
import { readCandidate, writeCandidate } from "../../../web/core/negotiation/candidate-lines.ts";

describe("a candidate's line", () => {
  const host = "candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host";

  it("names the generation as Chromium does, whoever made it", () => {
    const named = `${host} ufrag aB+/`;
    const expected = { candidate: named, sdpMid: "0", usernameFragment: "aB+/" };
    const ofChromium = { candidate: named, sdpMid: "0", usernameFragment: "aB+/" };
    const ofFirefox = { candidate: host, sdpMid: "0", usernameFragment: "aB+/" };
    expect(readCandidate(writeCandidate(ofChromium))).toEqual(expected);
    expect(readCandidate(writeCandidate(ofFirefox))).toEqual(expected);
  });

  it.each([host, ""])(
    "is read as it was written where nothing names the generation: %j",
    (candidate) => {
      const given = { candidate, sdpMid: "1", usernameFragment: null };
      expect(readCandidate(writeCandidate(given))).toEqual(given);
    },
  );

  it.each(["", "candidate:1", "something else\n0", "candidate:1\n0\n0"])(
    "that is none is left out: %j",
    (line) => {
      expect(readCandidate(line)).toBeUndefined();
    },
  );
});
