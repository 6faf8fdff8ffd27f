/** Small texts this browser keeps. Forgets where storage is blocked (a private window, a full disk), and never throws. */
export type KeptText = {
  readonly get: (key: string) => string | undefined;
  readonly set: (key: string, text: string) => void;
};

/** Over a storage that throws on mere mention where it is blocked. */
const keptIn = (storage: () => Storage): KeptText => ({
  get: (key) => {
    try {
      return storage().getItem(`sotto.${key}`) ?? undefined;
    } catch {
      return undefined;
    }
  },
  set: (key, text) => {
    try {
      storage().setItem(`sotto.${key}`, text);
    } catch {
      // Then the same question is asked again next time.
    }
  },
});

export const keptInBrowser: KeptText = keptIn(() => localStorage);

/** As long as the tab, reloads included. */
export const keptInTab: KeptText = keptIn(() => sessionStorage);
