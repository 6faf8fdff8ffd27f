/** An ICE candidate as the browser takes it (RFC 8839 §5.1). An empty `candidate` ends the candidates of its section. */
export type RemoteCandidate = { readonly candidate: string; readonly sdpMid: string };

/** One item of `candidates` in a signal: candidate ‖ "\n" ‖ mid. */
export const writeCandidate = ({ candidate, sdpMid }: RemoteCandidate): string =>
  `${candidate}\n${sdpMid}`;

/** `undefined` for an item that is none: it is left out, for a candidate less harms nobody. */
export function readCandidate(line: string): RemoteCandidate | undefined {
  const [candidate, sdpMid, ...rest] = line.split("\n");
  if (candidate === undefined || sdpMid === undefined || rest.length > 0) return undefined;
  if (candidate !== "" && !candidate.startsWith("candidate:")) return undefined;
  return { candidate, sdpMid };
}
