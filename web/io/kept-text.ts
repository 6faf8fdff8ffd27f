/** Small texts this browser keeps. Forgets where storage is blocked (a private window, a full disk), and never throws. */
export type KeptText = {
  readonly get: (key: string) => string | undefined;
  readonly set: (key: string, text: string) => void;
};

/** Over `localStorage`, which throws on mere mention where it is blocked. */
export const keptInBrowser: KeptText = {
  get: (key) => {
    try {
      return localStorage.getItem(`sotto.${key}`) ?? undefined;
    } catch {
      return undefined;
    }
  },
  set: (key, text) => {
    try {
      localStorage.setItem(`sotto.${key}`, text);
    } catch {
      // Then the same question is asked again next time.
    }
  },
};
