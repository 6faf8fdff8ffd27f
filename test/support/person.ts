export type BrowserName = "chromium" | "firefox";

/** What both drivers can look for: a role and an accessible name, as a screen reader finds it. */
export type Role =
  | "alert"
  | "article"
  | "button"
  | "dialog"
  | "heading"
  | "link"
  | "region"
  | "status"
  | "switch"
  | "textbox"
  | "toolbar";

/** One person at a browser of their own: own storage, own devices. The same in Chromium and Firefox. */
export type Person = {
  readonly browser: BrowserName;
  readonly goto: (url: string) => Promise<void>;
  readonly reload: () => Promise<void>;
  /** Waits until it can be clicked. */
  readonly click: (role: Role, name: string) => Promise<void>;
  /** Types into the textbox of that name, in place of what was there. */
  readonly fill: (name: string, text: string) => Promise<void>;
  readonly press: (key: "Enter" | "Escape" | "Space" | "Tab") => Promise<void>;
  /** Waits until something of that role and name is shown. */
  readonly sees: (
    role: Role,
    name: string,
    within?: { readonly timeoutMs: number },
  ) => Promise<void>;
  /** Runs in the page. The function must stand alone: it is sent as text. */
  readonly evaluate: <Answer, Argument = undefined>(
    run: (argument: Argument) => Answer | Promise<Answer>,
    argument?: Argument,
  ) => Promise<Answer>;
  /** Waits until the function, run in the page, answers true. `what` names it in the failure. */
  readonly waitFor: <Argument = undefined>(
    what: string,
    holds: (argument: Argument) => boolean | Promise<boolean>,
    argument?: Argument,
    within?: { readonly timeoutMs: number },
  ) => Promise<void>;
  readonly screenshot: (path: string) => Promise<void>;
  /** Addresses of every request of this person's pages so far, sockets included. */
  readonly requests: () => readonly string[];
  /** Exceptions and error lines of the console so far. */
  readonly problems: () => readonly string[];
  readonly close: () => Promise<void>;
};

/** How long a wait lasts at most where nothing else is said. */
export const PATIENCE_MS = 20_000;

/** Requests that went anywhere but to these origins. */
export function foreignRequests(person: Person, ...origins: readonly string[]): readonly string[] {
  const hosts = new Set(origins.map((origin) => new URL(origin).host));
  return person
    .requests()
    .filter((address) => /^(https?|wss?):/.test(address) && !hosts.has(new URL(address).host));
}
