import type { LeafIndex, MemberId } from "../../protocol/ids.ts";
import type { RoomLink } from "../../protocol/link.ts";
import type { RoomMessage } from "../../protocol/room-messages.ts";
import type { CallCrypto, GroupChange, GroupView } from "./call-crypto.ts";
import type { CallFailureCode, CallNotice, Person } from "./call-state.ts";
import type { Clock } from "./clock.ts";
import type { DeviceMemory } from "./device-memory.ts";
import type { EdgeApi } from "./edge-api.ts";
import { createFreshness } from "./freshness.ts";
import { createMembership } from "./membership.ts";
import { createMesh, type Mesh, type MeshEvent, type MeshPorts } from "./mesh.ts";
import {
  LINK_STREAMS,
  type LinkStats,
  type LinkStream,
  type MediaHandle,
  type PeerLinks,
} from "./peer-link.ts";
import { createRoomSession, type RoomSessionEvent } from "./room-session.ts";
import type { OpenRoomSocket } from "./room-socket.ts";
import type { MemberState } from "./roster.ts";
import { type CodeComparison, createCodeComparison } from "./security-code.ts";
import { createStateExchange } from "./state-exchange.ts";

const TICK_MS = 1_000;
/** A lost socket that is back sooner is not worth a word. */
const QUIET_LOSS_MS = 1_500;
/** A member whose link and channel are silent for this long may be called gone. */
const SILENT_MS = 10_000;
/** Who leaves while the room takes the join waits this long for it, to say goodbye at once. */
const RETIRE_MS = 3_000;

type Tracks = Partial<Record<LinkStream, MediaHandle>>;
type PersonState = Pick<Person, "link" | "path" | "video" | "audio" | "trust"> & {
  readonly memberId: MemberId;
  readonly isSelf: boolean;
  readonly state: MemberState | undefined;
};

/** One stay in the room, from the lobby to the end; who comes back makes another. Methods that answer promises run in the call's order. */
export type Visit = {
  readonly phase: () => "lobby" | "joining" | "live" | "reconnecting";
  readonly selfId: MemberId;
  readonly isReady: () => boolean;
  /** People in the call, as the room counts them. */
  readonly inCall: () => number | undefined;
  readonly people: () => readonly PersonState[];
  readonly start: () => void;
  readonly join: () => Promise<void>;
  /** What is sent has changed. */
  readonly setTracks: (tracks: Tracks) => void;
  /** No permission is being asked for any more: a join may be prepared. */
  readonly mediaSettled: () => Promise<void>;
  readonly sayState: () => Promise<void>;
  readonly setView: (
    memberId: MemberId,
    view: { readonly width: number; readonly height: number },
  ) => void;
  readonly level: (memberId: MemberId) => number;
  readonly stats: (memberId: MemberId) => Promise<LinkStats | undefined>;
  readonly code: CodeComparison;
  readonly hurry: () => void;
  /** Says goodbye at once; the visit goes on until it is ended. */
  readonly sayBye: () => void;
  /** Lets a join that is on its way come to its end, to say goodbye then; false where there is none, and the visit is to be ended. */
  readonly retire: () => boolean;
  /** Stops everything but the keys, which are the caller's to end. */
  readonly end: () => void;
};

export type VisitPorts = {
  readonly link: RoomLink;
  readonly selfId: MemberId;
  readonly crypto: CallCrypto;
  readonly links: PeerLinks;
  readonly edge: EdgeApi;
  readonly openSocket: OpenRoomSocket;
  readonly clock: Clock;
  readonly memory: DeviceMemory;
  readonly random: () => number;
  readonly onFault: (fault: unknown) => void;
  /** Puts a step into the call's order. */
  readonly run: (task: () => Promise<void> | void) => void;
  readonly tracks: () => Tracks;
  readonly ownState: () => MemberState;
  /** Somebody looks at the security code. */
  readonly isCodeShown: () => boolean;
  readonly onChanged: () => void;
  readonly onNotice: (notice: CallNotice) => void;
  /** In the lobby again, for this reason; `undefined`: what kept us out is over. */
  readonly onFailed: (code: CallFailureCode | undefined) => void;
  /** The room or the edge will have no more of us. */
  readonly onRefused: (code: CallFailureCode) => Promise<void> | void;
};

export function createVisit(ports: VisitPorts): Visit {
  const { selfId, crypto, clock, memory, onChanged, onNotice, link } = ports;
  const freshness = createFreshness(clock);
  let mesh: Mesh | undefined;
  let ice: ReturnType<MeshPorts["ice"]> | undefined;
  let inCall: number | undefined;
  /** The group as it was last seen: shown on while we come back to it. */
  let shown: GroupView | undefined;
  let lostMs: number | undefined;
  let isMediaAllowed = true;
  /** Ready to be sent when the page goes away, when there is no time to sign. */
  let bye: Extract<Parameters<typeof session.send>[0], { readonly type: "bye" }> | undefined;
  let life: "running" | "retiring" | "ended" = "running";
  let cancelTick = (): void => {};
  let cancelRetire = (): void => {};

  const run = (task: () => Promise<void> | void): void =>
    ports.run(() => (life === "ended" ? undefined : task()));
  const session = createRoomSession({
    roomId: link.roomId,
    edge: ports.edge,
    crypto,
    openSocket: ports.openSocket,
    clock,
    random: ports.random,
    onEvent: (event) => run(() => hearSession(event)),
    onFault: ports.onFault,
  });
  const membership = createMembership({
    crypto,
    clock,
    random: ports.random,
    send: session.send,
    hooks: {
      prepared: (view) => {
        ports.onFailed(undefined);
        mesh?.prepare(view);
      },
      sent: async (commitHash) => mesh?.launch(commitHash),
      recalled: () => {
        mesh?.recall();
        if (life === "retiring") run(retire);
      },
      entered,
      applied,
      resumed,
      fellOut: () => {
        mesh?.close();
        mesh = newMesh();
        onChanged();
      },
      failed: (code) => {
        shown = undefined;
        ports.onFailed(code);
      },
      renew: session.renew,
      isSilent: (leaf) => (mesh?.quietMs(memberAt(leaf)) ?? 0) >= SILENT_MS,
    },
  });

  const states = createStateExchange({
    crypto,
    ownState: ports.ownState,
    view: membership.view,
    send: session.send,
    sayCast: async (memberId, cast) => mesh?.sayCast(memberId, cast),
    askMissing: async (memberId, from, to) => mesh?.askMissing(memberId, from, to),
    onJoined: (name) => onNotice({ type: "joined", name }),
    onChanged,
  });

  const code = createCodeComparison({
    crypto,
    clock,
    memory,
    selfId,
    roomId: link.roomId,
    say: async (memberId, message) => mesh?.sayCode(memberId, message),
    nameOf: (memberId) => states.of(memberId)?.name,
    isShown: ports.isCodeShown,
    onNotice,
  });

  function newMesh(): Mesh | undefined {
    if (ice === undefined || life !== "running") return undefined;
    const first = ice;
    return createMesh({
      ...ports,
      ice: () => ice ?? first,
      preferAv1: memory.preferAv1,
      tracks: ports.tracks(),
      sendSignal: (to, signal, commitHash) => {
        session.send({
          type: "signal",
          to,
          signal,
          ...(commitHash === undefined ? {} : { commitHash }),
        });
      },
      run,
      onEvent: hearMesh,
    });
  }

  const memberAt = (leaf: LeafIndex): MemberId =>
    membership.view()?.members.find((member) => member.leaf === leaf)?.memberId ?? selfId;

  function hearSession(event: RoomSessionEvent): Promise<void> | void {
    switch (event.type) {
      case "ice-servers":
        ice = event.answer;
        mesh ??= newMesh();
        return;
      case "lost":
        lostMs ??= clock.nowMs();
        membership.socketLost();
        return onChanged();
      case "refused":
        return ports.onRefused(event.code);
      case "message":
        return hearRoom(event.message);
    }
  }

  async function hearRoom(message: RoomMessage): Promise<void> {
    switch (message.type) {
      case "lobby":
        inCall = message.inCall;
        await membership.hear(message);
        return onChanged();
      case "signal":
        return mesh?.receive(message.from, message.signal);
      case "cast":
        return states.hearSealed(message.cast);
      case "bye": {
        const said = await crypto.openBye(message.bye);
        if (said.ok) await membership.takeBye(said.value.leaf, said.value.bye);
        return;
      }
      case "gone": {
        const members = membership.view()?.members ?? [];
        const member = members.find(({ memberId }) => memberId === message.memberId);
        if (message.gone && member !== undefined) await membership.takeGone(member.leaf);
        return;
      }
      default:
        return membership.hear(message);
    }
  }

  async function entered(view: GroupView): Promise<void> {
    if (life === "retiring") {
      await readyBye(view);
      sayBye();
      return retire();
    }
    lostMs = undefined;
    isMediaAllowed = true;
    const memberIds = view.members.map(({ memberId }) => memberId);
    for (const { memberId } of shown?.members ?? []) {
      if (!memberIds.includes(memberId)) forget(memberId);
    }
    states.know(memberIds);
    freshness.begin(memberIds.filter((memberId) => memberId !== selfId));
    shown = view;
    memory.rememberPolicySerial(link.roomId, view.policySerial);
    onChanged();
    code.entered(view);
    await mesh?.enter();
    later(async (now) => {
      await states.say();
      await readyBye(now);
      await code.goOn();
    });
  }

  async function applied(change: GroupChange, before: GroupView, view: GroupView): Promise<void> {
    shown = view;
    memory.rememberPolicySerial(link.roomId, view.policySerial);
    const staying = new Set(view.members.map(({ memberId }) => memberId));
    for (const { memberId } of before.members) {
      if (staying.has(memberId)) continue;
      const name = states.of(memberId)?.name;
      forget(memberId);
      onNotice({ type: change.kind === "gone" ? "lost" : "left", name });
    }
    onChanged();
    code.applied(change, view);
    await mesh?.apply(change, view);
    if (change.added !== undefined && change.added !== view.ownLeaf) {
      const added = memberAt(change.added);
      // Who came in by a commit on our own group is no witness of what we entered.
      freshness.forget(added);
      states.meet(added);
      later(() => states.greet(added));
    }
    later(readyBye);
    later(code.goOn);
  }

  /** Behind the offers and answers that wait: what is said of oneself keeps nobody from being seen. */
  function later(task: (view: GroupView) => Promise<void>): void {
    run(() => {
      const view = membership.view();
      return view === undefined ? undefined : task(view);
    });
  }

  function forget(memberId: MemberId): void {
    states.forget(memberId);
    freshness.forget(memberId);
  }

  async function resumed(): Promise<void> {
    lostMs = undefined;
    onChanged();
    mesh?.revive();
    await states.say();
    await states.catchUp();
  }

  async function readyBye({ groupId }: GroupView): Promise<void> {
    bye = { type: "bye", groupId, bye: await crypto.sealBye() };
  }

  async function hearMesh(event: MeshEvent): Promise<void> {
    switch (event.type) {
      case "changed":
        return onChanged();
      case "failure":
        return onNotice(event);
      case "confirmed":
        freshness.confirmed(event.memberId);
        return onChanged();
      case "silent":
        session.send({ type: "is-gone", memberId: event.memberId });
        return;
      case "missing":
        return states.sayAgain(event.memberId, event.from, event.to);
      case "cast-again":
        return states.hear(event.memberId, event.cast);
      case "code":
        await code.hear(event.memberId, event.message);
        return onChanged();
    }
  }

  async function judgeFreshness(): Promise<void> {
    const isCredible = freshness.isCredible();
    if (membership.phase() !== "in" || isCredible === isMediaAllowed) return;
    isMediaAllowed = isCredible;
    await mesh?.allowMedia(isCredible);
    if (!isCredible) onNotice({ type: "failure", code: "group-not-confirmed" });
  }

  function tick(): void {
    cancelTick = clock.after(TICK_MS, () => {
      run(async () => {
        await mesh?.tick();
        await membership.tick();
        await judgeFreshness();
        if (membership.phase() === "in") await code.tick();
        onChanged();
      });
      tick();
    });
  }

  function phase(): ReturnType<Visit["phase"]> {
    const wasIn = shown !== undefined;
    if (membership.phase() === "out") return "lobby";
    if (membership.phase() === "joining") return wasIn ? "reconnecting" : "joining";
    const isLost = lostMs !== undefined && clock.nowMs() - lostMs >= QUIET_LOSS_MS;
    return isLost ? "reconnecting" : "live";
  }

  function person(memberId: MemberId): PersonState {
    const isSelf = memberId === selfId;
    const look = mesh?.look(memberId);
    // While we come back, everybody's link is one that was lost.
    const reached = look?.link ?? (membership.phase() === "in" ? "connecting" : "reconnecting");
    return {
      memberId,
      isSelf,
      state: isSelf ? ports.ownState() : states.of(memberId),
      trust: code.trustOf(memberId),
      link: isSelf ? "self" : reached,
      path: look?.path,
      video: look?.video,
      audio: look?.audio,
    };
  }

  function sayBye(): void {
    if (bye !== undefined && membership.phase() === "in") session.send(bye);
    bye = undefined;
  }

  /** What was awaited after leaving has come, or will not come. */
  async function retire(): Promise<void> {
    end();
    await crypto.endGroup();
  }

  function end(): void {
    life = "ended";
    cancelTick();
    cancelRetire();
    session.stop();
    mesh?.close();
  }

  return {
    selfId,
    phase,
    isReady: membership.isReady,
    inCall: () => inCall,
    people: () => {
      const self = person(selfId);
      const others = (shown?.members ?? []).filter(({ memberId }) => memberId !== selfId);
      return shown === undefined ? [] : [self, ...others.map(({ memberId }) => person(memberId))];
    },
    start: () => {
      tick();
      session.start();
    },
    join: membership.join,
    setTracks: (tracks) => {
      for (const stream of LINK_STREAMS) mesh?.setTrack(stream, tracks[stream]);
    },
    mediaSettled: membership.allowPreparation,
    sayState: states.say,
    setView: (memberId, view) => mesh?.setView(memberId, view),
    level: (memberId) => mesh?.level(memberId) ?? 0,
    stats: async (memberId) => mesh?.stats(memberId),
    code,
    hurry: session.hurry,
    sayBye,
    retire: () => {
      if (!membership.isJoinSent()) return false;
      life = "retiring";
      mesh?.close();
      mesh = undefined;
      cancelRetire = clock.after(RETIRE_MS, () => run(retire));
      return true;
    },
    end,
  };
}
