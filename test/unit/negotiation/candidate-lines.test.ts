import { describe, expect, it } from "vitest";
import { readCandidate, writeCandidate } from "../../../web/core/negotiation/candidate-lines.ts";

describe("a candidate's line", () => {
  it.each([
    { candidate: "candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host", sdpMid: "0" },
    { candidate: "", sdpMid: "0" },
  ])("is read as it was written: $candidate", (candidate) => {
    expect(readCandidate(writeCandidate(candidate))).toEqual(candidate);
  });

  it.each(["", "candidate:1", "something else\n0", "candidate:1\n0\n0"])(
    "that is none is left out: %j",
    (line) => {
      expect(readCandidate(line)).toBeUndefined();
    },
  );
});
