import type { CallLock } from "../core/device-memory.ts";

/** A page that reloads, or a tab that crashed, lets go within this; another tab in the call does not. */
const PATIENCE_MS = 800;

/** Holds a room for one tab of the profile by the Web Locks API. A closed or crashed tab lets go by itself. */
export const browserCallLock: CallLock = {
  hold: ({ roomId, steal, onStolen }) =>
    new Promise((resolve) => {
      // Without Web Locks two tabs can't see each other: each is served as if it were alone.
      if (!("locks" in navigator)) return resolve(() => {});
      const patience = AbortSignal.timeout(PATIENCE_MS);
      const options: LockOptions = steal ? { steal: true } : { signal: patience };
      let release: (() => void) | undefined;
      navigator.locks
        .request(
          `sotto.call.${roomId}`,
          options,
          () =>
            new Promise<void>((letGo) => {
              release = letGo;
              resolve(letGo);
            }),
        )
        .catch(() => {
          // Taken by another tab once held; before that, held by another, or locks don't work in this page at all.
          if (release !== undefined) onStolen();
          else resolve(patience.aborted ? undefined : () => {});
        });
    }),
};
