import type { Clock } from "../core/clock.ts";
import type { CallLock } from "../core/device-memory.ts";

/** A page that reloads, or a tab that crashed, lets go within this; another tab in the call does not. */
const PATIENCE_MS = 800;

/** Holds a room for one tab of the profile by the Web Locks API. A closed or crashed tab lets go by itself. */
export const createCallLock = (clock: Clock): CallLock => ({
  hold: ({ roomId, steal, onStolen }) =>
    new Promise((resolve) => {
      // Without Web Locks two tabs can't see each other: each is served as if it were alone.
      if (!("locks" in navigator)) return resolve(() => {});
      const { locks } = navigator;
      const name = `sotto.call.${roomId}`;
      const patience = new AbortController();
      let release: (() => void) | undefined;
      let cancel = (): void => {};
      const wait = (): void => {
        cancel = clock.after(PATIENCE_MS, () => void look().catch(() => {}));
      };
      const look = async (): Promise<void> => {
        const { pending = [] } = await locks.query();
        if (release !== undefined) return;
        // What is not pending is granted already, and a busy machine has only not come to say so.
        if (pending.some((request) => request.name === name)) patience.abort();
        else wait();
      };
      locks
        .request(
          name,
          steal ? { steal } : { signal: patience.signal },
          () =>
            new Promise<void>((letGo) => {
              cancel();
              release = letGo;
              resolve(letGo);
            }),
        )
        .catch(() => {
          cancel();
          // Taken by another tab once held; before that, held by another, or locks don't work in this page at all.
          if (release !== undefined) onStolen();
          else resolve(patience.signal.aborted ? undefined : () => {});
        });
      if (!steal) wait();
    }),
});
