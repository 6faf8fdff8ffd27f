import { describe, expect, it } from "vitest";
import { en } from "../../../web/i18n/en.ts";
import { initials, TINTS, tintOf } from "../../../web/view/initials.ts";
import { tilesOf } from "../../../web/view/tiles.ts";
import { lobbySnapshot, mediaOff, person } from "../../support/fake-call.ts";

const live = { ...lobbySnapshot, phase: "live" as const, name: "Elena" };

describe("initials", () => {
  it.each([
    ["Amara Okafor", "AO"],
    ["Ludwig van Beethoven", "LB"],
    ["élodie", "É"],
    ["  Ann  ", "A"],
    ["دانا الخطيب", "دا"],
    ["👩🏽‍🚀 Mae", "👩🏽‍🚀M"],
    ["--- ", ""],
    ["", ""],
  ])("of %j are %j", (name, letters) => {
    expect(initials(name)).toBe(letters);
  });
});

describe("the colour of a person", () => {
  it("is the same every time and one of those there are", () => {
    for (let index = 0; index < 100; index += 1) {
      const tint = tintOf(`member ${index}`);
      expect(tint).toBe(tintOf(`member ${index}`));
      expect(tint).toBeGreaterThanOrEqual(0);
      expect(tint).toBeLessThan(TINTS);
    }
  });
});

describe("tiles", () => {
  it("oneself comes first and is called You", () => {
    const people = [person({ key: "b" }), person({ key: "a", isSelf: true, link: "self" })];
    expect(tilesOf({ ...live, people }, en).map(({ label }) => label)).toEqual(["You", "b"]);
  });

  it("oneself is there before the group has one, as the same tile after", () => {
    const before = tilesOf({ ...live, phase: "joining" }, en);
    const people = [person({ key: "member", isSelf: true, link: "self" })];
    const after = tilesOf({ ...live, people }, en);
    expect(before.map(({ key }) => key)).toEqual(after.map(({ key }) => key));
    expect(before[0]?.initials).toBe("E");
  });

  it("nobody hears themselves", () => {
    const people = [person({ key: "a", isSelf: true, link: "self", audio: {} })];
    expect(tilesOf({ ...live, people }, en)[0]?.audio).toBeUndefined();
  });

  it("a picture whose camera is off is not shown", () => {
    const people = [person({ key: "b", camera: false, video: {} })];
    expect(tilesOf({ ...live, people }, en)[1]?.video).toBeUndefined();
  });

  it("one's own picture is the preview while the camera is on", () => {
    const preview = {};
    const camera = { phase: "on", track: {}, deviceId: undefined, label: "" } as const;
    const media = { ...mediaOff, camera, preview };
    expect(tilesOf({ ...live, media }, en)[0]?.video).toBe(preview);
    expect(tilesOf({ ...live, media: { ...media, camera: mediaOff.camera } }, en)[0]?.video).toBe(
      undefined,
    );
  });

  it("whoever has no name yet has a word of their own", () => {
    const people = [person({ key: "b", name: undefined })];
    expect(tilesOf({ ...live, people }, en)[1]).toMatchObject({ label: "Guest", initials: "" });
  });

  it("trouble is said in words, health is not", () => {
    const people = [
      person({ key: "a" }),
      person({ key: "b", link: "reconnecting" }),
      person({ key: "c", link: "forked" }),
    ];
    const [, fine, slow, forked] = tilesOf({ ...live, people }, en);
    expect(fine?.trouble).toBeUndefined();
    expect(slow?.trouble).toBe("Reconnecting…");
    expect(forked?.troubleHint).toMatch(/disagree/u);
  });

  it("the list says how each is reached", () => {
    const people = [
      person({ key: "a" }),
      person({ key: "b", path: "relayed" }),
      person({ key: "c", path: undefined }),
    ];
    expect(tilesOf({ ...live, people }, en).map(({ connection }) => connection)).toEqual([
      "This device",
      "Connected directly",
      "Connected through a relay",
      "Connected",
    ]);
  });

  it("a muted person does not speak", () => {
    const people = [person({ key: "b", microphone: false, speaking: true })];
    expect(tilesOf({ ...live, people }, en)[1]?.speaking).toBe(false);
  });
});
