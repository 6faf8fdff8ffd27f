import { castCodec } from "../../protocol/cast.ts";
import type { TokenAnswer } from "../../protocol/http.ts";
import type { LeafIndex, MemberId } from "../../protocol/ids.ts";
import { formatLink, type RoomLink } from "../../protocol/link.ts";
import type { RoomMessage } from "../../protocol/room-messages.ts";
import type { CallCrypto, GroupChange, GroupView } from "./call-crypto.ts";
import type {
  Call,
  CallFailureCode,
  CallNotice,
  CallPhase,
  CallSnapshot,
  Person,
} from "./call-state.ts";
import type { Clock } from "./clock.ts";
import type { CallLock, DeviceMemory } from "./device-memory.ts";
import type { EdgeApi } from "./edge-api.ts";
import { createListeners } from "./listeners.ts";
import type { LocalMedia } from "./local-media.ts";
import { createMembership, type Membership } from "./membership.ts";
import { createMesh, type Mesh, type MeshEvent } from "./mesh.ts";
import { LINK_STREAMS, type LinkStream, type MediaHandle, type PeerLinks } from "./peer-link.ts";
import { createRoomSession, type RoomSession } from "./room-session.ts";
import type { OpenRoomSocket } from "./room-socket.ts";
import { createRoster, type Roster } from "./roster.ts";
import { createSerialQueue } from "./serial-queue.ts";
import { hearLevel, SILENT, type Speaking } from "./speaking.ts";

const TICK_MS = 1_000;
const LEVELS_MS = 200;
/** Time for the listed leaves to confirm the group before media stops: DESIGN freshness. */
const CONFIRM_MS = 10_000;
/** A lost socket that is back sooner is not worth a word. */
const QUIET_LOSS_MS = 1_500;

export type CallPorts = {
  readonly crypto: CallCrypto;
  readonly links: PeerLinks;
  readonly media: LocalMedia;
  readonly edge: EdgeApi;
  readonly openSocket: OpenRoomSocket;
  readonly clock: Clock;
  readonly memory: DeviceMemory;
  readonly lock: CallLock;
  readonly random: () => number;
  /** A bug: told, not swallowed. */
  readonly onFault: (fault: unknown) => void;
};

/** A call as it is joined once: everything of it ends together. */
type Visit = {
  readonly session: RoomSession;
  readonly membership: Membership;
  readonly roster: Roster;
  mesh: Mesh | undefined;
  selfId: MemberId;
  enteredMs: number | undefined;
  lostMs: number | undefined;
  /** Ready to be sent when the page goes away, when there is no time to sign. */
  bye:
    | { readonly groupId: GroupView["groupId"]; readonly bye: Uint8Array<ArrayBuffer> }
    | undefined;
  /** In the call when we came: not announced as joining. */
  readonly present: Set<MemberId>;
};

/** One call, from its link. Starts in the lobby, and reaches the room at once. */
export async function createCall(link: RoomLink, origin: string, ports: CallPorts): Promise<Call> {
  const { crypto, media, clock, memory } = ports;
  const shareUrl = `${origin}${await formatLink(link)}`;
  const changes = createListeners<void>();
  const notices = createListeners<CallNotice>();
  const speaking = new Map<string, Speaking>();
  let name = memory.name() ?? "";
  let phase: CallPhase = "lobby";
  let inCall: number | undefined;
  let failure: CallFailureCode | undefined;
  let elsewhere = false;
  let deviceKept = true;
  let mediaStopped = false;
  let changeQueued = false;
  let visit: Visit | undefined;
  let releaseLock: (() => void) | undefined;
  let cancelTick = (): void => {};
  let cancelLevels = (): void => {};
  let tracks: Partial<Record<LinkStream, MediaHandle>> = {};
  const queue = createSerialQueue(ports.onFault);

  function changed(): void {
    if (changeQueued) return;
    changeQueued = true;
    queueMicrotask(() => {
      changeQueued = false;
      changes.tell();
    });
  }

  function tell(code: CallFailureCode): void {
    notices.tell({ type: "failure", code });
    changed();
  }

  function fail(code: CallFailureCode): void {
    failure = code;
    tell(code);
  }

  async function begin(): Promise<void> {
    failure = undefined;
    inCall = undefined;
    phase = "lobby";
    const opened = await crypto.openRoom({
      roomId: link.roomId,
      secret: link.secret,
      dtlsFingerprint: ports.links.fingerprint,
      policyFloor: memory.policySerial(link.roomId),
    });
    if (!opened.ok) return fail(opened.error.code);
    deviceKept = opened.value.kept;
    const session = createRoomSession({
      roomId: link.roomId,
      edge: ports.edge,
      crypto,
      openSocket: ports.openSocket,
      clock,
      random: ports.random,
      onEvent: (event) =>
        queue.run(() => (visit === current ? hearSession(current, event) : undefined)),
    });
    const membership = createMembership({
      crypto,
      clock,
      random: ports.random,
      send: session.send,
      hooks: {
        prepared: (view) => current.mesh?.prepare(view),
        sent: async (commitHash) => current.mesh?.launch(commitHash),
        recalled: () => current.mesh?.recall(),
        entered: (view) => enter(current, view),
        applied: (change, view) => apply(current, change, view),
        fellOut: () => {
          phase = "reconnecting";
          current.mesh = newMesh(current, current.mesh);
          changed();
        },
        failed: (code) => {
          phase = "lobby";
          fail(code);
        },
        isSilent: (leaf) => (current.mesh?.quietMs(memberAt(current, leaf)) ?? 0) >= CONFIRM_MS,
      },
    });
    const current: Visit = {
      session,
      membership,
      roster: createRoster(),
      mesh: undefined,
      selfId: opened.value.memberId,
      enteredMs: undefined,
      lostMs: undefined,
      bye: undefined,
      present: new Set(),
    };
    visit = current;
    tick(current);
    session.start();
    changed();
  }

  let ice: Pick<TokenAnswer, "iceServers" | "iceTransportPolicy"> | undefined;

  function newMesh(current: Visit, old: Mesh | undefined): Mesh | undefined {
    old?.close();
    if (ice === undefined) return undefined;
    return createMesh({
      selfId: current.selfId,
      crypto,
      links: ports.links,
      clock,
      ice,
      preferAv1: memory.preferAv1(),
      tracks,
      sendSignal: (to, signal, commitHash) => {
        current.session.send({
          type: "signal",
          to,
          signal,
          ...(commitHash === undefined ? {} : { commitHash }),
        });
      },
      run: (task) => queue.run(() => (visit === current ? task() : undefined)),
      onEvent: (event) => hearMesh(current, event),
    });
  }

  async function hearSession(
    current: Visit,
    event: Parameters<Parameters<typeof createRoomSession>[0]["onEvent"]>[0],
  ): Promise<void> {
    switch (event.type) {
      case "ice-servers":
        ice = event.answer;
        current.mesh ??= newMesh(current, undefined);
        return;
      case "lost":
        current.lostMs = clock.nowMs();
        current.membership.socketLost();
        return changed();
      case "refused":
        if (event.code === "socket-replaced") {
          elsewhere = true;
          return end("left");
        }
        if (phase !== "left")
          phase = phase === "live" || phase === "reconnecting" ? "left" : "lobby";
        endVisit();
        return fail(event.code);
      case "message":
        return hearRoom(current, event.message);
    }
  }

  async function hearRoom(current: Visit, message: RoomMessage): Promise<void> {
    switch (message.type) {
      case "lobby":
        inCall = message.inCall;
        changed();
        if (isMediaSettled()) await current.membership.allowPreparation();
        await current.membership.hear(message);
        return changed();
      case "signal":
        return current.mesh?.receive(message.signal);
      case "cast":
        return hearCast(current, message.cast);
      case "bye": {
        const bye = await crypto.openBye(message.bye);
        if (bye.ok) await current.membership.takeBye(bye.value.leaf, bye.value.bye);
        return;
      }
      case "gone": {
        const member = current.membership
          .view()
          ?.members.find(({ memberId }) => memberId === message.memberId);
        if (message.gone && member !== undefined) await current.membership.takeGone(member.leaf);
        return;
      }
      case "entries":
        await current.membership.hear(message);
        if (current.membership.phase() === "in") await cameBack(current);
        return;
      default:
        return current.membership.hear(message);
    }
  }

  async function cameBack(current: Visit): Promise<void> {
    current.lostMs = undefined;
    phase = "live";
    current.mesh?.revive();
    await sayState(current);
    changed();
  }

  async function hearCast(current: Visit, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const opened = await crypto.openCast(bytes);
    if (!opened.ok) return;
    const cast = castCodec.decode(opened.value.content);
    if (cast.ok) hearState(current, opened.value.from, cast.value);
  }

  function hearState(current: Visit, from: MemberId, cast: Parameters<Roster["hear"]>[1]): void {
    const { first, missing } = current.roster.hear(from, cast);
    if (missing !== undefined) current.mesh?.askMissing(from, missing.from, missing.to);
    if (first && !current.present.has(from)) {
      current.present.add(from);
      notices.tell({ type: "joined", name: cast.name });
    }
    changed();
  }

  async function sayState(current: Visit): Promise<void> {
    const view = current.membership.view();
    if (view === undefined || view.members.length < 2) return;
    const cast = await crypto.sealCast(current.roster.say(ownState()));
    current.session.send({ type: "cast", groupId: view.groupId, cast });
  }

  const ownState = () => ({
    name: name === "" ? undefined : name,
    microphone: media.state().microphone.phase === "on",
    camera: media.state().camera.phase === "on",
  });

  async function enter(current: Visit, view: GroupView): Promise<void> {
    phase = "live";
    failure = undefined;
    current.enteredMs = clock.nowMs();
    current.lostMs = undefined;
    mediaStopped = false;
    for (const { memberId } of view.members) current.present.add(memberId);
    memory.rememberPolicySerial(link.roomId, view.policySerial);
    await current.mesh?.enter();
    await sayState(current);
    await renewBye(current, view);
    changed();
  }

  async function apply(current: Visit, change: GroupChange, view: GroupView): Promise<void> {
    const before = new Map(peopleBefore.map((person) => [person.key, person.name]));
    memory.rememberPolicySerial(link.roomId, view.policySerial);
    await current.mesh?.apply(change, view);
    const staying = new Set<string>(view.members.map(({ memberId }) => memberId));
    for (const [key, lastName] of before) {
      if (staying.has(key)) continue;
      current.roster.forget(key as MemberId);
      current.present.delete(key as MemberId);
      speaking.delete(key);
      notices.tell({ type: change.kind === "gone" ? "lost" : "left", name: lastName });
    }
    if (change.added !== undefined) {
      // Who came back counts its casts from one again.
      if (change.kind === "resync") current.roster.forget(memberAt(current, change.added));
      await sayState(current);
    }
    await renewBye(current, view);
    changed();
  }

  async function renewBye(current: Visit, view: GroupView): Promise<void> {
    current.bye = { groupId: view.groupId, bye: await crypto.sealBye() };
  }

  const memberAt = (current: Visit, leaf: LeafIndex): MemberId =>
    current.membership.view()?.members.find((member) => member.leaf === leaf)?.memberId ??
    current.selfId;

  function hearMesh(current: Visit, event: MeshEvent): void {
    switch (event.type) {
      case "changed":
        return changed();
      case "failure":
        return tell(event.code);
      case "silent":
        current.session.send({ type: "is-gone", memberId: event.memberId });
        return;
      case "missing":
        for (const cast of current.roster.said(event.from, event.to))
          current.mesh?.sayCast(event.memberId, cast);
        return;
      case "cast-again":
        return hearState(current, event.memberId, event.cast);
    }
  }

  /** DESIGN freshness: an old GroupInfo, or an ex-member's own group, is confirmed by too few. */
  async function judgeFreshness(current: Visit): Promise<void> {
    const { enteredMs, mesh } = current;
    const view = current.membership.view();
    if (enteredMs === undefined || view === undefined || mesh === undefined) return;
    if (clock.nowMs() - enteredMs < CONFIRM_MS) return;
    const others = view.members.filter(({ memberId }) => memberId !== current.selfId);
    const confirmed = others.filter(({ memberId }) => mesh.peer(memberId)?.confirmed === true);
    const stop = confirmed.length * 2 < others.length;
    if (stop === mediaStopped) return;
    mediaStopped = stop;
    await mesh.allowMedia(!stop);
    if (stop) tell("group-not-confirmed");
    changed();
  }

  function tick(current: Visit): void {
    cancelTick = clock.after(TICK_MS, () => {
      queue.run(async () => {
        if (visit !== current) return;
        current.mesh?.tick();
        await current.membership.tick();
        await judgeFreshness(current);
        const { lostMs } = current;
        if (phase === "live" && lostMs !== undefined && clock.nowMs() - lostMs >= QUIET_LOSS_MS)
          phase = "reconnecting";
        changed();
      });
      if (visit === current) tick(current);
    });
  }

  function pollLevels(): void {
    cancelLevels = clock.after(LEVELS_MS, () => {
      const nowMs = clock.nowMs();
      let turned = false;
      for (const person of peopleBefore) {
        const before = speaking.get(person.key) ?? SILENT;
        const after = hearLevel(before, person.microphone ? call.level(person.key) : 0, nowMs);
        turned ||= before.speaks !== after.speaks;
        speaking.set(person.key, after);
      }
      if (turned) changed();
      pollLevels();
    });
  }

  const isMediaSettled = (): boolean =>
    LINK_STREAMS.every((stream) => media.state()[stream].phase !== "asking");

  const unsubscribeMedia = media.subscribe(() => {
    const state = media.state();
    const next: Partial<Record<LinkStream, MediaHandle>> = {};
    for (const stream of LINK_STREAMS) {
      const local = state[stream];
      if (local.phase === "on") next[stream] = local.track;
    }
    const before = tracks;
    tracks = next;
    queue.run(async () => {
      const current = visit;
      if (current === undefined) return;
      for (const stream of LINK_STREAMS) {
        if (before[stream] !== next[stream]) current.mesh?.setTrack(stream, next[stream]);
      }
      if (isMediaSettled()) await current.membership.allowPreparation();
      if (
        LINK_STREAMS.some(
          (stream) => (before[stream] === undefined) !== (next[stream] === undefined),
        )
      ) {
        await sayState(current);
      }
    });
    changed();
  });

  function endVisit(): void {
    const ended = visit;
    visit = undefined;
    cancelTick();
    ended?.session.stop();
    ended?.mesh?.close();
    releaseLock?.();
    releaseLock = undefined;
    speaking.clear();
    void crypto.endGroup();
  }

  function sayBye(): void {
    const bye = visit?.bye;
    if (bye !== undefined) visit?.session.send({ type: "bye", ...bye });
  }

  function end(into: "left"): void {
    endVisit();
    phase = into;
    changed();
  }

  async function joinWith(steal: boolean): Promise<void> {
    if (phase !== "lobby" || visit === undefined) return;
    const release = await ports.lock.hold({
      roomId: link.roomId,
      steal,
      onStolen: () =>
        queue.run(() => {
          releaseLock = undefined;
          elsewhere = true;
          end("left");
        }),
    });
    elsewhere = release === undefined;
    if (release !== undefined) {
      releaseLock = release;
      failure = undefined;
      phase = "joining";
      changed();
      await visit.membership.join();
    }
    changed();
  }

  /** The list as it was last drawn: who leaves is named by what was known of them. */
  let peopleBefore: readonly Person[] = [];

  function people(): readonly Person[] {
    const current = visit;
    const view = current?.membership.view();
    if (
      current === undefined ||
      view === undefined ||
      (phase !== "live" && phase !== "reconnecting")
    )
      return [];
    const own = ownState();
    return view.members
      .map(({ memberId }): Person => {
        const isSelf = memberId === current.selfId;
        const peer = current.mesh?.peer(memberId);
        const state = isSelf ? own : current.roster.of(memberId);
        return {
          key: memberId,
          isSelf,
          name: state?.name,
          microphone: state?.microphone ?? false,
          camera: state?.camera ?? false,
          speaking: speaking.get(memberId)?.speaks ?? false,
          link: isSelf ? "self" : (peer?.link ?? "connecting"),
          path: peer?.path,
          video: isSelf ? media.state().preview : peer?.video,
          audio: peer?.audio,
        };
      })
      .toSorted((left, right) => Number(right.isSelf) - Number(left.isSelf));
  }

  const call: Call = {
    snapshot: (): CallSnapshot => {
      peopleBefore = people();
      return {
        phase,
        link: shareUrl,
        label: link.label,
        name,
        inCall,
        ready: visit?.membership.ready() ?? false,
        people: peopleBefore,
        media: media.state(),
        failure,
        elsewhere,
        deviceKept,
      };
    },
    subscribe: (listener) => changes.add(listener),
    onNotice: notices.add,
    setName: (next) => {
      name = next;
      memory.rememberName(next);
      queue.run(() => (visit?.membership.phase() === "in" ? sayState(visit) : undefined));
      changed();
    },
    join: () => queue.run(() => joinWith(false)),
    moveHere: () => queue.run(() => joinWith(true)),
    leave: () => {
      sayBye();
      queue.run(() => end("left"));
    },
    again: () =>
      queue.run(async () => {
        endVisit();
        elsewhere = false;
        await begin();
      }),
    turn: (stream, on) => void media.turn(stream, on),
    choose: (kind, deviceId) => void media.choose(kind, deviceId),
    setView: (key, view) => queue.run(() => visit?.mesh?.setView(key as MemberId, view)),
    level: (key) =>
      key === visit?.selfId ? media.microphoneLevel() : (visit?.mesh?.level(key as MemberId) ?? 0),
    stats: async (key) => visit?.mesh?.stats(key as MemberId),
    close: () => {
      sayBye();
      cancelLevels();
      unsubscribeMedia();
      endVisit();
      queue.close();
    },
  };

  crypto.onLost(() =>
    queue.run(() => (visit === undefined ? undefined : fail("crypto-worker-lost"))),
  );
  queue.run(begin);
  pollLevels();
  return call;
}
