/** Runs tasks one after another: what happens in a call happens in one order, though each step waits for the crypto worker. */
export type SerialQueue = {
  readonly run: (task: () => Promise<void> | void) => void;
  /** Resolves when everything queued so far has run. */
  readonly idle: () => Promise<void>;
  /** Tasks that have not begun are forgotten. */
  readonly close: () => void;
};

/** `onFault` gets what a task threw: a bug, after which the queue goes on with the next task. */
export function createSerialQueue(onFault: (fault: unknown) => void): SerialQueue {
  let tail: Promise<void> = Promise.resolve();
  let closed = false;
  return {
    run: (task) => {
      tail = tail.then(async () => {
        if (closed) return;
        try {
          await task();
        } catch (fault) {
          onFault(fault);
        }
      });
    },
    idle: () => tail,
    close: () => {
      closed = true;
    },
  };
}
