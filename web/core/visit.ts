import type { LeafIndex, MemberId } from "../../protocol/ids.ts";
import type { HostLink } from "../../protocol/host-link.ts";
import type { RoomLink } from "../../protocol/link.ts";
import { asksAdmission } from "../../protocol/policy.ts";
import type { RoomMessage } from "../../protocol/room-messages.ts";
import type { CallCrypto, GroupChange, GroupView } from "./call-crypto.ts";
import type {
  CallFailureCode,
  CallNotice,
  CallSnapshot,
  HostActions,
  HostingState,
  Person,
} from "./call-state.ts";
import type { Clock } from "./clock.ts";
import type { DeviceMemory } from "./device-memory.ts";
import type { EdgeApi } from "./edge-api.ts";
import { createFreshness } from "./freshness.ts";
import { deedsOf } from "./host-deeds.ts";
import { createHosting } from "./hosting.ts";
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
type PersonState = Pick<Person, "link" | "path" | "video" | "audio" | "trust" | "role"> & {
  readonly memberId: MemberId;
  readonly isSelf: boolean;
  readonly state: MemberState | undefined;
};

/** One stay in the room, from the lobby to the end; who comes back makes another. Methods that answer promises run in the call's order. */
export type Visit = {
  readonly phase: () => "lobby" | "knocking" | "joining" | "live" | "reconnecting";
  readonly selfId: MemberId;
  readonly isReady: () => boolean;
  /** People in the call, as the room counts them. */
  readonly inCall: () => number | undefined;
  readonly people: () => readonly PersonState[];
  readonly door: () => CallSnapshot["door"];
  readonly hosting: () => HostingState | undefined;
  readonly host: HostActions;
  readonly start: () => void;
  readonly join: () => Promise<void>;
  readonly stopWaiting: () => void;
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
  /** The room, the edge or a host will have no more of us. */
  readonly onRefused: (code: CallFailureCode) => Promise<void> | void;
  /** A host ended the call for everybody. */
  readonly onEnded: () => Promise<void>;
  /** The link has another secret from now on. */
  readonly onRelinked: (secret: Uint8Array<ArrayBuffer>) => void;
  readonly onHostLink: (hostLink: HostLink) => void;
  /** A host asks this device to be silent. */
  readonly onMuteAsked: (byName: string | undefined) => void;
};

export function createVisit(ports: VisitPorts): Visit {
  const { selfId, crypto, clock, memory, onChanged, onNotice, link } = ports;
  const freshness = createFreshness(clock);
  let mesh: Mesh | undefined;
  let ice: ReturnType<MeshPorts["ice"]> | undefined;
  let lobby: Extract<RoomMessage, { readonly type: "lobby" }> | undefined;
  /** Relays one may use since a host let us in are being asked for. */
  let iceAsked: Promise<void> | undefined;
  /** As members were last called, those who have gone as well. */
  const names = new Map<MemberId, string>();
  /** The group as it was last seen: shown on while we come back to it. */
  let shown: GroupView | undefined;
  let lostMs: number | undefined;
  /** Links that took the place of another, as commits made them. */
  let relinks = 0;
  let relinksTold = 0;
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
    name: () => ports.ownState().name,
    isHost: () => session.claims()?.role === "host",
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
      relinked: (secret) => {
        relinks += 1;
        ports.onRelinked(secret);
      },
      resumed,
      admitted: () => {
        iceAsked = session.askIce().then(
          (answer) => {
            ice = answer ?? ice;
          },
          // The worker that signs for us died; the page comes back by itself.
          () => undefined,
        );
      },
      relaysKnown: async () => {
        await iceAsked;
      },
      putOut: () => ports.onRefused("banned"),
      fellOut: () => {
        hosting.lost();
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
    clock,
    ownState: ports.ownState,
    view: membership.view,
    send: session.send,
    sayCast: async (memberId, cast) => mesh?.sayCast(memberId, cast),
    askMissing: async (memberId, from, to) => mesh?.askMissing(memberId, from, to),
    onJoined: (name) => onNotice({ type: "joined", name }),
    onMuteAsked: (from, target) => {
      const sender = membership.view()?.members.find(({ memberId }) => memberId === from);
      // Anybody may say it; it counts if a host does.
      if (target === selfId && sender?.role !== undefined) ports.onMuteAsked(nameOf(from));
    },
    onChanged,
  });
  const hosting = createHosting({
    crypto,
    clock,
    view: membership.view,
    send: session.send,
    wish: membership.wish,
    memory,
    hasHostKey: () => session.claims()?.delegation === 0,
    askMute: states.askMute,
    nameOf,
    run,
    onKnock: (name) => onNotice({ type: "knock", name }),
    onHostLink: ports.onHostLink,
    onFailed: (code) => onNotice({ type: "failure", code }),
    onChanged,
  });

  function nameOf(memberId: MemberId): string | undefined {
    if (memberId === selfId) return ports.ownState().name;
    return states.of(memberId)?.name ?? names.get(memberId);
  }

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
        hosting.lost();
        return onChanged();
      case "demoted":
        return onNotice({ type: "failure", code: event.code });
      case "refused":
        return ports.onRefused(event.code);
      case "message":
        return hearRoom(event.message);
    }
  }

  async function hearRoom(message: RoomMessage): Promise<void> {
    switch (message.type) {
      case "lobby":
        lobby = message;
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
      case "knock":
      case "knock-gone":
        return hosting.hear(message);
      case "ticket": {
        const groupId = membership.view()?.groupId;
        const answer = await crypto.answerTicket(message);
        if (groupId !== undefined && answer.ok)
          session.send({ type: "group-info", to: message.from, groupId, ...answer.value });
        return;
      }
      case "ended":
        // The room's word alone ends nothing: SPEC END-3.
        if (membership.view() !== undefined && (await crypto.checkEnd(message.end)))
          await ports.onEnded();
        return;
      default:
        await membership.hear(message);
        return onChanged();
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
      if (name !== undefined) names.set(memberId, name);
      forget(memberId);
      if (change.kind === "bye" || change.kind === "gone")
        onNotice({ type: change.kind === "gone" ? "lost" : "left", name });
    }
    tellDeeds(change, before, view);
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
    later(() => hosting.applied(change, before, view));
    later(readyBye);
    later(code.goOn);
  }

  function tellDeeds(change: GroupChange, before: GroupView, view: GroupView): void {
    const isNewLink = relinks > relinksTold;
    relinksTold = relinks;
    const by = view.members.find(({ leaf }) => leaf === change.committer)?.memberId;
    for (const deed of deedsOf(change, before, view, isNewLink)) {
      const who = "memberId" in deed ? deed.memberId : undefined;
      onNotice({
        type: "host-deed",
        deed,
        by: by && nameOf(by),
        byYou: by === selfId,
        who: who && nameOf(who),
        whoIsYou: who === selfId,
      });
    }
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
        states.tick();
        await membership.tick(mesh?.isBehind() ?? false);
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
    if (membership.phase() === "knocking") return "knocking";
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
      role: shown?.members.find((member) => member.memberId === memberId)?.role,
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
    hosting.end();
    session.stop();
    mesh?.close();
  }

  return {
    selfId,
    phase,
    isReady: membership.isReady,
    inCall: () => lobby?.inCall,
    door: () =>
      lobby !== undefined &&
      asksAdmission(lobby) &&
      (session.claims()?.role ?? "member") === "member"
        ? { hostPresent: lobby.hostPresent, locked: lobby.locked }
        : undefined,
    hosting: () => (membership.phase() === "in" ? hosting.state() : undefined),
    host: hosting.actions,
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
    stopWaiting: membership.stopWaiting,
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
