import { describe, expect, it } from "vitest";
import { withoutOldCandidates } from "../../../web/core/negotiation/restart-candidates.ts";
import { splitSdp } from "../../../web/core/negotiation/sdp-sections.ts";
import { chromiumAnswer, chromiumOffer } from "./fixtures/chromium-sdp.ts";
import { firefoxAnswer, firefoxOffer } from "./fixtures/firefox-sdp.ts";

describe("the description of a restart", () => {
  it.each([chromiumOffer, chromiumAnswer, firefoxOffer, firefoxAnswer])(
    "[NEG-1] is given a candidate that is never connected to, in its first section and nowhere else",
    (sdp) => {
      const before = splitSdp(sdp);
      const after = splitSdp(withoutOldCandidates(sdp));
      const [first = [], ...others] = after.media;
      expect(first.at(-1)).toMatch(/^a=candidate:\d+ 1 tcp \d+ \S+ 9 typ host tcptype active$/);
      expect(first.slice(0, -1)).toEqual(before.media[0]);
      expect(others).toEqual(before.media.slice(1));
      expect(after.session).toEqual(before.session);
    },
  );
});
