/** Frames worked on at once: one alone leaves WebCrypto idle between two, above all in Firefox. */
const MOST_IN_FLIGHT = 8;

/**
 * Takes frames from `readable` through `work` to `writable`, in order, until `readable` ends.
 *
 * `work` is called in the order of arrival, before the next frame is read, and answers whether the
 * frame is handed on. A frame whose work throws is not. Resolves when all is written or either side is
 * gone, which is how a connection that closes looks.
 */
export async function pumpFrames<Frame>(
  streams: {
    readonly readable: ReadableStream<Frame>;
    readonly writable: WritableStream<Frame>;
  },
  work: (frame: Frame) => Promise<boolean>,
): Promise<void> {
  const reader = streams.readable.getReader();
  const writer = streams.writable.getWriter();
  const inFlight: Promise<void>[] = [];
  let last: Promise<void> = Promise.resolve();

  const handOn = async (
    frame: Frame,
    passes: Promise<boolean>,
    before: Promise<void>,
  ): Promise<void> => {
    await before;
    if (await passes) await writer.write(frame);
  };

  try {
    for (;;) {
      const { done, value: frame } = await reader.read();
      if (done) break;
      // Nothing may wait between the read and this: counters are given in the order of frames.
      const passes = work(frame).catch(() => false);
      last = handOn(frame, passes, last);
      // Looked at below; until then a failure is nobody's surprise.
      last.catch(() => undefined);
      inFlight.push(last);
      if (inFlight.length >= MOST_IN_FLIGHT) await inFlight.shift();
    }
    await last;
  } catch {
    // The connection took its streams away.
  } finally {
    reader.releaseLock();
    writer.releaseLock();
  }
}
