import { describe, expect, it } from "vitest";
import { otherRole, statedRole, withRole } from "../../../web/core/negotiation/sdp-setup.ts";
import { chromiumAnswer, chromiumOffer } from "./fixtures/chromium-sdp.ts";
import { firefoxAnswer, firefoxOffer } from "./fixtures/firefox-sdp.ts";

describe("the DTLS role", () => {
  it.each([chromiumAnswer, firefoxAnswer])(
    "is read from an answer, and is the other's opposite",
    (answer) => {
      expect(statedRole(answer)).toBe("active");
      expect(otherRole(statedRole(answer))).toBe("passive");
      expect(otherRole("passive")).toBe("active");
    },
  );

  it.each([chromiumOffer, firefoxOffer])(
    "is open in a first offer, and settled in every later one",
    (offer) => {
      expect(statedRole(offer)).toBeUndefined();
      expect(otherRole(undefined)).toBeUndefined();
      expect(withRole(offer, undefined)).toBe(offer);
      expect(statedRole(withRole(offer, "passive"))).toBe("passive");
      expect(withRole(offer, "passive")).not.toContain("actpass");
    },
  );
});
