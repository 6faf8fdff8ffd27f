export type Outcome = "done" | "refused";
/** What became of each way out of a worker. */
export type Asked = {
  readonly fetch: Outcome;
  readonly script: Outcome;
  readonly evaluation: Outcome;
};

const outcome = async (attempt: () => unknown): Promise<Outcome> => {
  try {
    await attempt();
    return "done";
  } catch {
    return "refused";
  }
};

// A script that is there: this one, under another address.
const script = `${import.meta.url}?again`;

const asked: Asked = {
  fetch: await outcome(() => fetch("/")),
  script: await outcome(() => import(/* @vite-ignore */ script)),
  // oxlint-disable-next-line typescript/no-implied-eval -- That it can't be done is the question.
  evaluation: await outcome(() => new Function("return 1")()),
};
(globalThis as unknown as { postMessage: (asked: Asked, transfer: []) => void }).postMessage(
  asked,
  [],
);
