/** Runs one piece of work at a time, in the order it was given. A failure is its caller's and stops nobody behind it. */
export type SerialQueue = <Answer>(work: () => Promise<Answer>) => Promise<Answer>;

export function createSerialQueue(): SerialQueue {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const answer = last.then(work, work);
    last = answer.catch(() => undefined);
    return answer;
  };
}
