/** Everything the edge may write to the operator's log. No value of a request is ever among it. */
export type Log = (line: {
  readonly code:
    | "configuration-invalid"
    | "login-keys-unavailable"
    | "request-failed"
    | "turn-service-unavailable";
  /** Names of variables, classes of errors or places in the code; nothing a caller sent. */
  readonly detail: string;
}) => void;

export const consoleLog: Log = ({ code, detail }) => {
  // oxlint-disable-next-line no-console -- the operator's log is the console
  console.error(`sotto ${code}: ${detail}`);
};
