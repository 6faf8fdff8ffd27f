import type { ClientMessage } from "../../protocol/client-messages.ts";
import type { FailureCode } from "../../protocol/failure-codes.ts";
import type { GroupId } from "../../protocol/ids.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { RoomMessage } from "../../protocol/room-messages.ts";
import type { CallCrypto, CryptoFailure } from "./call-crypto.ts";
import type { Clock } from "./clock.ts";

type Lobby = Extract<RoomMessage, { type: "lobby" }>;
type Ticket = {
  readonly groupId: GroupId;
  readonly sealed: Uint8Array<ArrayBuffer>;
  readonly firstMs: number;
  readonly lastMs: number;
};

/** SPEC TICKET-8. */
const SHOW_EVERY_MS = 1_000;
/** Once a host was asked, members are tried less often. */
const SHOW_KNOCKING_MS = 3_000;

/** Why nothing more is tried. */
export type WayInFailure = CryptoFailure["code"] | FailureCode | "knock-name-missing";

/** How one gets at what a join starts from where one must be admitted: by a ticket, else by a knock. SPEC TICKET-*, KNOCK-*. */
export type WayIn = {
  /** A host is asked, and has not answered. */
  readonly isKnocking: () => boolean;
  /** The next step, if one is due. `replace`: nobody answers a host, who may begin the call anew. */
  readonly seek: (lobby: Lobby) => Promise<"sought" | "replace" | WayInFailure>;
  /** The last entry has changed under a join: what it starts from is asked for again at once. */
  readonly hurry: () => void;
  /** A host let this device in; false where the room's word is worth nothing. */
  readonly takeAdmission: (sealed: Uint8Array<ArrayBuffer>) => Promise<boolean>;
  /** What the room said to a knock or a ticket; answers why to give up, if so. */
  readonly refused: (about: "knock" | "ticket", code: FailureCode) => FailureCode | undefined;
  /** The room does not take this device for admitted to the call. */
  readonly distrust: (groupId: GroupId) => void;
  readonly withdraw: () => void;
  /** What was asked was asked by that socket; one still waits. */
  readonly socketLost: () => void;
  /** One is in, or need only join. */
  readonly reset: () => void;
};

export function createWayIn(ports: {
  readonly crypto: CallCrypto;
  readonly clock: Clock;
  readonly send: (message: ClientMessage) => boolean;
  readonly name: () => string | undefined;
  /** The role this socket entered in. */
  readonly isHost: () => boolean;
}): WayIn {
  const { crypto, clock, send } = ports;
  /** By the socket in use. */
  let hasKnocked = false;
  let isWaiting = false;
  let ticket: Ticket | undefined;
  /** The call whose room said that our ticket lets nobody in. */
  let distrusted: GroupId | undefined;

  async function show({ groupId, policy }: Lobby): Promise<WayInFailure | "shown" | "no-ticket"> {
    if (groupId === undefined || groupId === distrusted) return "no-ticket";
    const nowMs = clock.nowMs();
    const everyMs = hasKnocked ? SHOW_KNOCKING_MS : SHOW_EVERY_MS;
    const isSame = ticket?.groupId === groupId;
    if (isSame && ticket !== undefined && nowMs - ticket.lastMs < everyMs) return "shown";
    const sealed = await crypto.sealTicket({ groupId, policy });
    if (!sealed.ok) {
      ticket = undefined;
      return sealed.error.code;
    }
    const firstMs = isSame ? (ticket?.firstMs ?? nowMs) : nowMs;
    ticket = { groupId, sealed: sealed.value, firstMs, lastMs: nowMs };
    send({ type: "ticket", groupId, sealed: sealed.value });
    return "shown";
  }

  async function knock({ policy }: Lobby): Promise<WayInFailure | "sought"> {
    if (hasKnocked) return "sought";
    const name = ports.name();
    if (name === undefined) return "knock-name-missing";
    const sealed = await crypto.sealKnock({ name, policy });
    if (!sealed.ok) return sealed.error.code;
    hasKnocked = send({ type: "knock", sealed: sealed.value });
    isWaiting = true;
    return "sought";
  }

  return {
    isKnocking: () => isWaiting,
    seek: async (lobby) => {
      const shown = await show(lobby);
      if (shown === "shown") {
        const unansweredMs = clock.nowMs() - (ticket?.firstMs ?? 0);
        if (unansweredMs < LIMITS.ticketUnansweredMs) return "sought";
        // A little more than the room asks for: its clock started when the ticket came there.
        if (ports.isHost())
          return unansweredMs < LIMITS.ticketUnansweredMs + SHOW_EVERY_MS ? "sought" : "replace";
      } else if (shown !== "no-ticket") return shown;
      return knock(lobby);
    },
    hurry: () => {
      ticket = undefined;
    },
    takeAdmission: async (sealed) => {
      const taken = await crypto.takeAdmission(sealed);
      // The room counts the knock as answered, whatever the answer was.
      hasKnocked = false;
      ticket = undefined;
      if (!taken.ok) return false;
      isWaiting = false;
      distrusted = undefined;
      return true;
    },
    refused: (about, code) => {
      if (code === "rate-limited") {
        if (about === "knock") hasKnocked = false;
        return undefined;
      }
      if (about === "ticket" && (code === "admission-required" || code === "locked")) {
        distrusted = ticket?.groupId;
        ticket = undefined;
        return undefined;
      }
      const isFinal =
        code === "banned" ||
        code === "locked" ||
        code === "waiting-full" ||
        code === "knock-blocked";
      return isFinal ? code : undefined;
    },
    distrust: (groupId) => {
      distrusted = groupId;
      ticket = undefined;
    },
    withdraw: () => {
      if (hasKnocked) send({ type: "knock-withdrawn" });
      hasKnocked = false;
      isWaiting = false;
    },
    socketLost: () => {
      hasKnocked = false;
      ticket = undefined;
      distrusted = undefined;
    },
    reset: () => {
      hasKnocked = false;
      isWaiting = false;
      ticket = undefined;
      distrusted = undefined;
    },
  };
}
