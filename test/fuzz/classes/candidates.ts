import { readCandidate, writeCandidate } from "../../../web/core/negotiation/candidate-lines.ts";
import { ACCEPTED, fuzzClass, must } from "../fuzz-class.ts";
import { mutateText } from "../mutate.ts";

const SEEDS = [
  "candidate:2533490059 1 udp 2122260223 192.0.2.1 50000 typ host generation 0 ufrag aB+/ network-id 1 network-cost 10\n0",
  "candidate:842163049 1 udp 1677729535 198.51.100.7 46154 typ srflx raddr 192.0.2.1 rport 50000 generation 0 ufrag JXd+\n1",
  "candidate:0 1 UDP 2122252543 7e2fa1f5-5ca2-45cb-8c4b-5ab6d9a6a1c4.local 50001 typ host ufrag 3e70c2af\n0",
  "candidate:3 1 TCP 2105524479 2001:db8::1 9 typ host tcptype active ufrag 3e70c2af\n2",
  "candidate:1 1 udp 41885439 203.0.113.9 3478 typ relay raddr 0.0.0.0 rport 0\n0",
  "\n0",
] as const;
const WORDS = [
  "candidate:",
  "a=candidate:",
  " ufrag ",
  " ufrag",
  "typ",
  "\n",
  "\r\na=fingerprint:",
  "\r",
  "\0",
  "  ",
  "%s",
  "0".repeat(400),
  "[::1]",
];

/** RFC 8839 §5.1 as far as what is on one line goes: printable text, nothing that ends a line or a string. */
const isOneLine = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

/** What a peer says of its addresses. */
export const candidates = fuzzClass({
  name: "candidates",
  rules: "NEG-5",
  about: "Candidate lines of Chromium and Firefox, changed",
  casesInMillion: 50_000,
  prepare: async () => ({
    make: (random) => {
      const seed = random.pick(SEEDS);
      if (random.chance(0.002)) return seed + random.pick(WORDS).repeat(20_000);
      return random.chance(0.05) ? seed : mutateText(random, seed, WORDS);
    },
    check: (line: string) => {
      const read = readCandidate(line);
      if (read === undefined) return "none";
      must(writeCandidate(read) === line, "written again it is another line");
      must(isOneLine(read.candidate) && isOneLine(read.sdpMid), "it is more than one line");
      return ACCEPTED;
    },
  }),
});
