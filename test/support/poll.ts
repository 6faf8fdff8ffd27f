const PAUSE_MS = 50;

/**
 * Asks until the answer is true, or fails with `what` when time is up.
 *
 * Drivers' own waiting can't serve: Playwright takes the promise of an asynchronous predicate for a yes.
 */
export async function pollUntil(
  what: string,
  ask: () => Promise<boolean>,
  patienceMs: number,
): Promise<void> {
  const endMs = performance.now() + patienceMs;
  let cause: unknown;
  while (performance.now() < endMs) {
    try {
      if (await ask()) return;
    } catch (error) {
      // A page in the middle of a navigation can't answer; the next one will.
      cause = error;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, PAUSE_MS);
    });
  }
  throw new Error(`waited in vain: ${what}`, { cause });
}
