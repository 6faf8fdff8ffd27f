import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toBase64Url } from "../../../protocol/bytes.ts";
import type { HostLink } from "../../../protocol/host-link.ts";
import { deriveRoomId, type RoomId } from "../../../protocol/ids.ts";
import { deriveLinkKeys, formatLink, parseLink } from "../../../protocol/link.ts";

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const secret = Uint8Array.from({ length: 16 }, (_, index) => index);
const hostPublicKey = new Uint8Array(32).fill(7);

/** Path and fragment of a link. */
const split = (link: string): readonly [string, string] => {
  const at = link.indexOf("#");
  return [link.slice(0, at), link.slice(at)];
};
const linkOf = async (label?: string): Promise<readonly [string, string]> =>
  split(await formatLink({ roomId: await deriveRoomId(hostPublicKey), secret, label }));
const codeOf = async (path: string, fragment: string): Promise<string> => {
  const link = await parseLink(path, fragment);
  return link.ok ? "ok" : link.error.code;
};

describe("the link", () => {
  it("[LINK-1] has a room id that the host key alone decides", async () => {
    // SHA-256("sotto room v1" ‖ 32 × 0x07)[0..16], computed with another program.
    expect(await deriveRoomId(hostPublicKey)).toBe("oRvWiZljNEY4Fa12Nhw7Lg");
  });

  it("[LINK-1] reads back what it wrote, label and all", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.constantFrom(undefined, "Tea", "Übung / 2", "خانه", "👩‍👩‍👧 plan", "a#b?c"),
        async (room, bytes, label) => {
          const link = {
            roomId: toBase64Url(room) as RoomId,
            secret: new Uint8Array(bytes),
            label,
          };
          const [path, fragment] = split(await formatLink(link));
          expect(await parseLink(path, fragment)).toEqual({ ok: true, value: link });
        },
      ),
      { seed: 20260, numRuns: 100 },
    );
  });

  it("[LINK-2] tells a path that is no room's from a room id that is none", async () => {
    const [path, fragment] = await linkOf();
    expect(await codeOf("/", fragment)).toBe("link-not-a-room");
    expect(await codeOf("/about", fragment)).toBe("link-not-a-room");
    expect(await codeOf(path.slice(0, -1), fragment)).toBe("link-room-malformed");
    expect(await codeOf(`${path.slice(0, -1)}!`, fragment)).toBe("link-room-malformed");
  });

  it("[LINK-3] tells a missing secret", async () => {
    const [path] = await linkOf();
    expect(await codeOf(path, "")).toBe("link-secret-missing");
    expect(await codeOf(path, "#")).toBe("link-secret-missing");
  });

  it("[LINK-4] tells a cut link at every length", async () => {
    const [path, fragment] = await linkOf();
    for (let length = 2; length < fragment.length; length += 1) {
      expect(await codeOf(path, fragment.slice(0, length))).toBe("link-cut");
    }
  });

  it("[LINK-5] tells a changed character at any place but for one in 4096", async () => {
    const [path, fragment] = await linkOf();
    const codes = [];
    for (let place = 1; place < fragment.length; place += 1) {
      const other = fragment[place] === "A" ? "B" : "A";
      codes.push(
        await codeOf(path, `${fragment.slice(0, place)}${other}${fragment.slice(place + 1)}`),
      );
    }
    expect(codes).toEqual(codes.map(() => "link-altered"));
    expect(await codeOf(path, `${fragment}A`)).toBe("link-altered");
  });

  it("[LINK-5] tells the secret of another room", async () => {
    const [, fragment] = await linkOf();
    const foreign = await deriveRoomId(new Uint8Array(32).fill(8));
    expect(await codeOf(`/r/${foreign}`, fragment)).toBe("link-altered");
  });

  it.each([
    ["a direction override", "%E2%80%AEevil"],
    ["a line break", "a%0Ab"],
    ["broken percent-encoding", "%E2%80"],
    ["65 code points", "a".repeat(65)],
  ])("[LINK-6] refuses a label with %s", async (_name, label) => {
    const [path, fragment] = await linkOf();
    expect(await codeOf(path, `${fragment}/${label}`)).toBe("link-label-malformed");
  });

  it("[LINK-7] derives access and envelope by HKDF-SHA-256", async () => {
    const keys = await deriveLinkKeys(secret);
    // RFC 5869 with salt "sotto v1" over 00…0f, computed with another program.
    expect(hex(keys.access)).toBe(
      "64d5cf7b0d3272e753a1aecbee526c3eb315cd79dd16d4392a6033bd96af92f3",
    );
    expect(hex(keys.envelope)).toBe(
      "cd05c15ed377a3299d5cca56433c0d4f116319ffdb6ed083b9341ac60be92845",
    );
    expect(hex(keys.accessHash)).toBe(
      "8da9b12a0206c82e8cd7669af5066ead8cf53f8795354db142963eb8206f8a36",
    );
  });

  describe("of a host", () => {
    const hostLink: HostLink = {
      seed: new Uint8Array(32).fill(5),
      delegation: {
        delegateKey: new Uint8Array(32).fill(6),
        role: "co-host",
        serial: 3,
        expiresAtSec: 2_000_000_000,
        hostKey: new Uint8Array(32).fill(7),
        signature: new Uint8Array(64).fill(8),
      },
    };

    it.each([undefined, "Friday ~ call"])("[LINK-8] carries a key, label %s", async (label) => {
      const roomId = await deriveRoomId(hostPublicKey);
      const [path, fragment] = split(await formatLink({ roomId, secret, label, hostLink }));
      expect(await parseLink(path, fragment)).toEqual({
        ok: true,
        value: { roomId, secret, label, hostLink },
      });
    });

    it("[LINK-8] cut, altered or doubled is told apart from a damaged secret", async () => {
      const roomId = await deriveRoomId(hostPublicKey);
      const link = { roomId, secret, label: undefined, hostLink };
      const [path, fragment] = split(await formatLink(link));
      const [start = "", part = ""] = fragment.split("~");
      for (const bad of [part.slice(0, -1), `${part}A`, "", `${part}~${part}`, `A${part}`]) {
        expect(await parseLink(path, `${start}~${bad}`)).toEqual({
          ok: false,
          error: { code: "link-host-part-altered" },
        });
      }
    });
  });
});
