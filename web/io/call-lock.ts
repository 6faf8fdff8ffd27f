import type { CallLock } from "../core/device-memory.ts";

/** Holds a room for one tab of the profile by the Web Locks API. A closed or crashed tab lets go by itself. */
export const browserCallLock: CallLock = {
  hold: ({ roomId, steal, onStolen }) =>
    new Promise((resolve) => {
      // Without Web Locks two tabs can't see each other: each is served as if it were alone.
      if (!("locks" in navigator)) return resolve(() => {});
      const options: LockOptions = steal ? { steal: true } : { ifAvailable: true };
      let release: (() => void) | undefined;
      navigator.locks
        .request(`sotto.call.${roomId}`, options, (lock) => {
          if (lock === null) return resolve(undefined);
          return new Promise<void>((letGo) => {
            release = letGo;
            resolve(letGo);
          });
        })
        .catch(() => {
          // Taken by another tab once held; before that, locks don't work in this page at all.
          if (release === undefined) resolve(() => {});
          else onStolen();
        });
    }),
};
