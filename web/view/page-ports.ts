import type { Call, CallFailureCode, Lobby } from "../core/call-state.ts";
import type { MediaHandle } from "../core/peer-link.ts";

/** What a call's link leads to. */
export type OpenedCall =
  | { readonly ok: true; readonly value: Call }
  | { readonly ok: false; readonly error: { readonly code: CallFailureCode } };

/** Opens a call by path (`/r/…`) and fragment (with or without its `#`). */
export type OpenCall = (path: string, fragment: string) => Promise<OpenedCall>;

/** Shows or sounds a handle in an element, or clears it. */
export type AttachMedia<Element> = (element: Element, media: MediaHandle | undefined) => void;

/** The address of the page, as a port. */
export type AddressBar = {
  readonly origin: string;
  readonly path: () => string;
  /** With its `#`, or empty. */
  readonly fragment: () => string;
  /** Writes another path and fragment over the present ones: nothing is opened, and there is no way back. */
  readonly replace: (link: string) => void;
  /** Goes to a path and fragment of this site; the page stays loaded. */
  readonly go: (link: string) => void;
  readonly reload: () => void;
  /** Called when somebody else than `go` changed the address. */
  readonly onChange: (listener: () => void) => () => void;
};

/** Handing the link on. */
export type LinkSharing = {
  /** False where the browser does not allow it. */
  readonly copy: (link: string) => Promise<boolean>;
  /** Absent where the system has no share sheet. */
  readonly share: ((link: { readonly title: string; readonly url: string }) => void) | undefined;
};

/** Sounds that say something without a word. */
export type Chimes = {
  /** Somebody waits at the door. */
  readonly knock: () => void;
};

/** What the pages need of the rest. */
export type PagePorts = {
  readonly startLobby: () => Lobby;
  readonly openCall: OpenCall;
  readonly address: AddressBar;
  readonly sharing: LinkSharing;
  /** The build this page is of, once the page has nothing better to do; undefined where it can't be told. */
  readonly servedBuild: () => Promise<string | undefined>;
  readonly chimes: Chimes;
  /** Why no call can be made in this browser; undefined when one can. */
  readonly unsupported: CallFailureCode | undefined;
};
