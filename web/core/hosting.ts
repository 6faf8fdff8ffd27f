import type { ClientMessage } from "../../protocol/client-messages.ts";
import type { FailureCode } from "../../protocol/failure-codes.ts";
import type { HostLink } from "../../protocol/host-link.ts";
import type { MemberId } from "../../protocol/ids.ts";
import { asksAdmission } from "../../protocol/policy.ts";
import type { RoomMessage } from "../../protocol/room-messages.ts";
import type { PolicyChanges } from "./call-admission.ts";
import type { CallCrypto, CryptoFailure, GroupChange, GroupView } from "./call-crypto.ts";
import type { HostActions, HostingState } from "./call-state.ts";
import type { Clock } from "./clock.ts";
import type { DeviceMemory } from "./device-memory.ts";
import type { GroupWish } from "./group-wish.ts";
import { createWaitingList } from "./waiting-list.ts";

/** As long as a notice with "Undo" stays. */
const UNDO_MS = 10_000;
/** A host link, and a co-host made in the call, hold as long as a room nobody uses. */
const DELEGATION_SEC = 30 * 24 * 3600;

type Undo = { readonly memberId: MemberId; readonly mode: GroupView["mode"] };

/** What a host or co-host sees and does beyond a member. Steps run in the call's order. */
export type Hosting = {
  /** Undefined for who has no role. */
  readonly state: () => HostingState | undefined;
  readonly actions: HostActions;
  readonly hear: (
    message: Extract<RoomMessage, { readonly type: "knock" | "knock-gone" }>,
  ) => Promise<void>;
  /** A commit was applied, perhaps one of ours. */
  readonly applied: (change: GroupChange, before: GroupView, view: GroupView) => Promise<void>;
  /** The socket or the group is lost; who waits will be told again. */
  readonly lost: () => void;
  readonly end: () => void;
};

export function createHosting(ports: {
  readonly crypto: CallCrypto;
  readonly clock: Clock;
  readonly view: () => GroupView | undefined;
  readonly send: (message: ClientMessage) => boolean;
  readonly wish: (wish: GroupWish) => Promise<void>;
  readonly memory: Pick<DeviceMemory, "isToldOfHostKey" | "rememberToldOfHostKey">;
  /** The host key itself is on this device. */
  readonly hasHostKey: () => boolean;
  readonly askMute: (memberId: MemberId) => Promise<void>;
  /** As a member was last called, also one who has gone. */
  readonly nameOf: (memberId: MemberId) => string | undefined;
  readonly run: (task: () => Promise<void> | void) => void;
  readonly onKnock: (name: string) => void;
  readonly onHostLink: (hostLink: HostLink) => void;
  readonly onFailed: (code: CryptoFailure["code"] | FailureCode) => void;
  readonly onChanged: () => void;
}): Hosting {
  const { crypto, clock, send, run, onChanged } = ports;
  const waiting = createWaitingList(crypto);
  let undo: Undo | undefined;
  let cancelUndo = (): void => {};

  const view = (): GroupView | undefined => {
    const now = ports.view();
    return now?.ownRole === undefined ? undefined : now;
  };
  const memberOf = (now: GroupView, key: string) =>
    now.members.find(({ memberId }) => memberId === key);

  const wish = (make: GroupWish["make"], granted?: GroupWish["granted"]): void =>
    run(() =>
      ports.wish({
        make,
        failed: ports.onFailed,
        ...(granted === undefined ? {} : { granted }),
      }),
    );
  /** A change of the policy, unless the policy says so already. */
  const change = (changesOf: (now: GroupView) => PolicyChanges | undefined): void =>
    wish((now) => {
      const changes = changesOf(now);
      return changes === undefined ? undefined : { kind: "policy", changes };
    });

  async function admit(memberId: MemberId): Promise<void> {
    const knock = waiting.of(memberId);
    if (knock === undefined) return;
    const admitted = await crypto.admit(knock);
    if (!admitted.ok) {
      // What was seen is not what waits now: the next look shows who does.
      if (admitted.error.code === "not-host") ports.onFailed("not-host");
      return;
    }
    send({ type: "admit", to: memberId, sealed: admitted.value });
    waiting.remove(memberId);
    onChanged();
  }

  function offerUndo(next: Undo): void {
    cancelUndo();
    undo = next;
    cancelUndo = clock.after(UNDO_MS, () =>
      run(() => {
        undo = undefined;
        onChanged();
      }),
    );
  }

  const actions: HostActions = {
    admit: (key) => run(() => admit(key as MemberId)),
    admitAll: () =>
      run(async () => {
        for (const { memberId } of waiting.all()) await admit(memberId);
      }),
    refuse: (key, block) =>
      run(() => {
        const memberId = key as MemberId;
        if (waiting.of(memberId) === undefined) return;
        send({ type: "refuse", to: memberId, block });
        waiting.remove(memberId);
        onChanged();
      }),
    remove: (key) => {
      let mode: GroupView["mode"] = "knock";
      wish(
        (now) => {
          const member = memberOf(now, key);
          if (member === undefined) return undefined;
          ({ mode } = now);
          return { kind: "kick", leaves: [member.leaf] };
        },
        () => {
          offerUndo({ memberId: key as MemberId, mode });
          onChanged();
        },
      );
    },
    undoRemove: () =>
      run(() => {
        const undone = undo;
        if (undone === undefined) return;
        cancelUndo();
        undo = undefined;
        onChanged();
        change(() => ({ unban: [undone.memberId], mode: undone.mode }));
      }),
    mute: (key) => run(() => ports.askMute(key as MemberId)),
    setCoHost: (key, isCoHost) =>
      change((now) => {
        const member = memberOf(now, key);
        const serials = now.roles
          .filter(({ memberId, delegationSerial }) => memberId === key && delegationSerial > 0)
          .map(({ delegationSerial }) => delegationSerial);
        if (!isCoHost) return serials.length === 0 ? undefined : { withdraw: serials };
        if (member === undefined || member.role !== undefined) return undefined;
        return { coHost: { leaf: member.leaf, expiresAtSec: expiry() } };
      }),
    setMode: (mode) => change((now) => (now.mode === mode ? undefined : { mode })),
    setLocked: (locked) => change((now) => (now.locked === locked ? undefined : { locked })),
    setCapacity: (capacity) =>
      change((now) => (now.capacity === capacity ? undefined : { capacity })),
    unban: (key) =>
      change((now) =>
        now.bans.some(({ memberId }) => memberId === key)
          ? { unban: [key as MemberId] }
          : undefined,
      ),
    newLink: () => change(() => ({ newLink: true })),
    makeHostLink: (role) =>
      wish(
        () => ({ kind: "host-link", role, expiresAtSec: expiry() }),
        ({ hostLink }) => {
          if (hostLink !== undefined) ports.onHostLink(hostLink);
        },
      ),
    withdraw: (serial) =>
      change((now) =>
        now.roles.some(({ delegationSerial }) => delegationSerial === serial)
          ? { withdraw: [serial] }
          : undefined,
      ),
    knowOfKey: () =>
      run(() => {
        ports.memory.rememberToldOfHostKey();
        onChanged();
      }),
    endForAll: () =>
      run(async () => {
        const end = await crypto.endForAll();
        if (end.ok) send({ type: "end", end: end.value });
        else ports.onFailed(end.error.code);
      }),
  };

  const expiry = (): number => Math.floor(clock.nowMs() / 1000) + DELEGATION_SEC;

  return {
    state: () => {
      const now = view();
      if (now?.ownRole === undefined) return undefined;
      const { ownRole: role, locked, capacity, mode, bans, roles } = now;
      return {
        role,
        mode,
        locked,
        capacity,
        waiting: waiting.all().map(({ memberId, name, wasAdmitted }) => ({
          key: memberId,
          name,
          isKnown: wasAdmitted,
        })),
        bans: bans.map(({ memberId }) => ({ key: memberId, name: ports.nameOf(memberId) })),
        hostLinks: roles
          .filter(({ delegationSerial }) => delegationSerial > 0)
          .map(({ delegationSerial, memberId, role: given }) => ({
            serial: delegationSerial,
            role: given,
            isTaken: memberId !== undefined,
            name: memberId === undefined ? undefined : ports.nameOf(memberId),
          })),
        isKeyNews: asksAdmission(now) && ports.hasHostKey() && !ports.memory.isToldOfHostKey(),
        undo: undo === undefined ? undefined : { name: ports.nameOf(undo.memberId) },
      };
    },
    actions,
    hear: async (message) => {
      if (message.type === "knock-gone") {
        waiting.remove(message.from);
        return onChanged();
      }
      const now = ports.view();
      // On entering, who waits may be told before the group has us.
      if (now !== undefined && now.ownRole === undefined) return;
      const heard = await waiting.hear(message.from, message.sealed);
      if (heard.type === "banned") send({ type: "refuse", to: message.from, block: true });
      if (heard.type === "new") ports.onKnock(heard.knock.name);
      onChanged();
    },
    applied: async ({ committer }, before, now) => {
      if (now.ownRole === undefined) waiting.forget();
      if (committer !== now.ownLeaf || asksAdmission(before) || !asksAdmission(now)) return;
      // From now on only a ticket brings anybody back: SPEC TICKET-5.
      const admissions = await crypto.admitAll();
      if (!admissions.ok) return;
      for (const { to, sealed } of admissions.value) send({ type: "admit", to, sealed });
    },
    lost: waiting.forget,
    end: () => cancelUndo(),
  };
}
