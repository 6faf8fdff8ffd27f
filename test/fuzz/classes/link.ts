import { toBase64Url } from "../../../protocol/bytes.ts";
import type { RoomId } from "../../../protocol/ids.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { formatLink, parseLink } from "../../../protocol/link.ts";
import { readPastedLink } from "../../../web/view/pasted-link.ts";
import { ACCEPTED, fuzzClass, must } from "../fuzz-class.ts";
import { mutateText } from "../mutate.ts";
import { randomOf } from "../random.ts";

const ORIGIN = "https://sotto.example";
const WORDS = [
  "/",
  "#",
  "?",
  "%",
  "%2F",
  "%00",
  "%E2%80%AE",
  "%ED%A0%80",
  "/r/",
  "//",
  "A",
  "_",
  "=",
  "\u202e",
  "Chœur",
  "%20",
  "e\u0301",
];
const LABELS = [
  undefined,
  "Choir",
  "Chœur du mardi",
  "聚会 👩🏽‍🚀",
  "a/b?c#d",
  "x".repeat(LIMITS.labelCodePoints),
];

/** A link's two halves, as the address bar has them. */
export const link = fuzzClass({
  name: "link",
  rules: "LINK-1, LINK-5",
  about: "Path and fragment of a link, and text pasted in its place",
  casesInMillion: 80_000,
  prepare: async () => {
    const random = randomOf(1, "link", 0);
    const links = await Promise.all(
      LABELS.map((label) =>
        formatLink({
          roomId: toBase64Url(random.bytes(16)) as RoomId,
          secret: random.bytes(16),
          label,
        }),
      ),
    );
    return {
      make: (from) => {
        const given = from.pick(links);
        if (from.chance(0.002)) return given + from.pick(WORDS).repeat(from.pick([1_000, 100_000]));
        return from.chance(0.05) ? given : mutateText(from, given, WORDS);
      },
      check: async (text) => {
        readPastedLink(text, ORIGIN);
        readPastedLink(`${ORIGIN}${text}`, ORIGIN);
        const hash = text.indexOf("#");
        const [path, fragment] = hash === -1 ? [text, ""] : [text.slice(0, hash), text.slice(hash)];
        const read = await parseLink(path, fragment);
        if (!read.ok) return read.error.code;
        const { label } = read.value;
        must(/^\/r\/[\w-]{22}\/?$/.test(path), "the path is more than a room");
        must(/^#[\w-]{24}(?:\/|$)/.test(fragment), "the secret is not 24 characters");
        must(label === undefined || isShowable(label), "the label does not show what it is");
        const again = await formatLink(read.value);
        must(again.startsWith(path.replace(/\/$/, "") + fragment.slice(0, 25)), "another link");
        const second = await parseLink(...halves(again));
        must(second.ok && second.value.label === label, "read again it is another label");
        return ACCEPTED;
      },
    };
  },
});

const halves = (text: string): [string, string] => {
  const [path = "", fragment = ""] = text.split("#");
  return [path, fragment];
};

const isShowable = (label: string): boolean =>
  label.isWellFormed() &&
  Array.from(label).length <= LIMITS.labelCodePoints &&
  Array.from(label).every((char) => !/\p{Cc}|\p{Bidi_Control}|[\u2028\u2029\ufeff]/u.test(char));
