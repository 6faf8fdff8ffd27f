/** An ICE candidate as the browser takes it (RFC 8839 §5.1). An empty `candidate` ends the candidates of its section. */
export type RemoteCandidate = {
  readonly candidate: string;
  readonly sdpMid: string;
  /** Names the ICE generation it belongs to: across a restart, ports of two generations are about. */
  readonly usernameFragment: string | null;
};

const FRAGMENT = / ufrag (\S+)/;
const PRINTABLE = /^[ -~]*$/;

/** One item of `candidates` in a signal: candidate ‖ "\n" ‖ mid. Chromium writes the fragment into the candidate, Firefox beside it. */
export function writeCandidate({ candidate, sdpMid, usernameFragment }: RemoteCandidate): string {
  const isNamed = usernameFragment === null || FRAGMENT.test(candidate);
  return `${candidate}${isNamed ? "" : ` ufrag ${usernameFragment}`}\n${sdpMid}`;
}

/** `undefined` for an item that is none: it is left out, for a candidate less harms nobody. */
export function readCandidate(line: string): RemoteCandidate | undefined {
  const [candidate, sdpMid, ...rest] = line.split("\n");
  if (candidate === undefined || sdpMid === undefined || rest.length > 0) return undefined;
  if (candidate !== "" && !candidate.startsWith("candidate:")) return undefined;
  // Where some reader ends a line or a string, what follows would be a line of its own.
  if (!PRINTABLE.test(candidate) || !PRINTABLE.test(sdpMid)) return undefined;
  return { candidate, sdpMid, usernameFragment: FRAGMENT.exec(candidate)?.[1] ?? null };
}
