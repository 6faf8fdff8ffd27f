import type { MemberId } from "../../protocol/ids.ts";
import { formatLink, type RoomLink } from "../../protocol/link.ts";
import type {
  Call,
  CallFailureCode,
  CallNotice,
  CallPhase,
  CallSnapshot,
  Person,
  SecurityState,
} from "./call-state.ts";
import type { CallLock } from "./device-memory.ts";
import { createListeners } from "./listeners.ts";
import type { LocalMedia } from "./local-media.ts";
import { LINK_STREAMS, type LinkStream, type MediaHandle } from "./peer-link.ts";
import type { MemberState } from "./roster.ts";
import { createSerialQueue } from "./serial-queue.ts";
import { watchSpeaking } from "./speaking.ts";
import { createVisit, type Visit, type VisitPorts } from "./visit.ts";

/** What a call stands on. */
export type CallPorts = Pick<
  VisitPorts,
  "crypto" | "links" | "edge" | "openSocket" | "clock" | "memory" | "random"
> & {
  readonly media: LocalMedia;
  readonly lock: CallLock;
  /** Calls the listener when waiting has become pointless: the network is back, or the tab is looked at. */
  readonly onWake?: (listener: () => void) => () => void;
  /** A bug: told, not swallowed. */
  readonly onFault: (fault: unknown) => void;
};

const NOTHING_TO_COMPARE: SecurityState = {
  code: { phase: "alone" },
  verdict: undefined,
  newcomers: [],
  remembered: 0,
};

/** One call, from its link. Starts in the lobby, and reaches the room at once. */
export async function createCall(
  opened: RoomLink,
  origin: string,
  ports: CallPorts,
): Promise<Call> {
  const { crypto, media, clock, memory } = ports;
  /** As it is in force; what made this device a host's is not handed on with it. */
  let link: RoomLink = { ...opened, hostLink: undefined };
  let path = await formatLink(link);
  let isHostLinkKept = opened.hostLink === undefined;
  let hostLink: string | undefined;
  let endedForAll = false;
  const changes = createListeners<void>();
  const notices = createListeners<CallNotice>();
  const queue = createSerialQueue((fault) => {
    // What was under way when the call was closed, or the worker died, finds everything gone.
    if (!isClosed && !isCryptoLost) ports.onFault(fault);
  });
  let name = memory.name() ?? "";
  let visit: Visit | undefined;
  /** Left, but with a join on its way whose end it awaits. */
  let retiring: Visit | undefined;
  let hasLeft = false;
  /** Join was pressed, and nothing has come in its way. */
  let wantsIn = false;
  let failure: CallFailureCode | undefined;
  let elsewhere = false;
  let deviceKept = true;
  let isClosed = false;
  let isCryptoLost = false;
  let isChangeQueued = false;
  let knocks = memory.isKnocking(opened.roomId);
  /** Loaded again while waiting: the place at the door is kept by asking once more. */
  let knocksAgain = knocks && name !== "";
  let isCodeShown = false;
  /** While this tab holds the room. */
  let releaseLock: (() => void) | undefined;

  function changed(): void {
    rememberKnocking();
    if (isChangeQueued || isClosed) return;
    isChangeQueued = true;
    queueMicrotask(() => {
      isChangeQueued = false;
      changes.tell();
    });
  }

  /** From the knock until one is in or gives up; to close the page is neither. */
  function rememberKnocking(): void {
    if (visit === undefined || isClosed) return;
    const phase = visit.phase();
    const next = phase === "knocking" || (knocks && wantsIn && phase !== "live");
    if (next !== knocks) memory.rememberKnocking(link.roomId, next);
    knocks = next;
  }

  function notice(told: CallNotice): void {
    notices.tell(told);
    changed();
  }

  function fail(code: CallFailureCode): void {
    failure = code;
    notice({ type: "failure", code });
  }

  /** To the lobby, if no other tab of this profile is in this room. */
  async function begin(steal: boolean): Promise<void> {
    await endVisit();
    failure = undefined;
    elsewhere = false;
    hasLeft = false;
    endedForAll = false;
    changed();
    // Even a lobby's socket would take the place of the other tab's.
    elsewhere = !(await holdLock(steal));
    if (elsewhere || isClosed) return changed();
    const room = await crypto.openRoom({
      roomId: link.roomId,
      secret: link.secret,
      dtlsFingerprint: ports.links.fingerprint,
      policyFloor: memory.policySerial(link.roomId),
      ...(isHostLinkKept ? {} : { hostLink: opened.hostLink }),
    });
    if (isClosed) return;
    if (!room.ok) return fail(room.error.code);
    isHostLinkKept = true;
    deviceKept = room.value.kept;
    const begun = createVisit({
      ...ports,
      link,
      selfId: room.value.memberId,
      run: queue.run,
      tracks,
      ownState,
      isCodeShown: () => isCodeShown,
      onChanged: changed,
      onNotice: notice,
      onFailed: (code) => {
        // Of that we hear by itself, and come back from it.
        if (code === "crypto-worker-lost") return;
        failure = undefined;
        if (code === undefined) return;
        wantsIn = false;
        fail(code);
      },
      onRefused: async (code) => {
        if (visit !== begun) return;
        if (code === "socket-replaced") return finish({ elsewhere: true });
        if (begun.phase() === "live" || begun.phase() === "reconnecting") await finish({});
        else await endVisit();
        wantsIn = false;
        fail(code);
      },
      onEnded: async () => {
        if (visit !== begun) return;
        await finish({});
        endedForAll = true;
        changed();
      },
      onRelinked: (secret) => {
        link = { ...link, secret };
        queue.run(writePath);
      },
      onHostLink: (made) => {
        queue.run(async () => {
          hostLink = `${origin}${await formatLink({ ...link, hostLink: made })}`;
          changed();
        });
      },
      onMuteAsked: (byName) => {
        if (media.state().microphone.phase === "off") return;
        void media.turn("microphone", false);
        notice({ type: "muted-by", name: byName });
      },
    });
    visit = begun;
    if (isMediaSettled()) await begun.mediaSettled();
    begun.start();
    changed();
    if (!knocksAgain) return;
    knocksAgain = false;
    await join();
  }

  async function writePath(): Promise<void> {
    path = await formatLink(link);
    changed();
  }

  async function holdLock(steal: boolean): Promise<boolean> {
    if (releaseLock !== undefined) return true;
    const release = await ports.lock.hold({
      roomId: link.roomId,
      steal,
      onStolen: () => {
        releaseLock = undefined;
        queue.run(() => finish({ elsewhere: true }));
      },
    });
    if (isClosed) release?.();
    else releaseLock = release;
    return release !== undefined;
  }

  function letLockGo(): void {
    releaseLock?.();
    releaseLock = undefined;
  }

  function stopVisit(): void {
    retiring?.end();
    retiring = undefined;
    visit?.end();
    visit = undefined;
  }

  async function endVisit(): Promise<void> {
    if (visit === undefined && retiring === undefined) return;
    stopVisit();
    await crypto.endGroup();
  }

  async function finish(how: { readonly elsewhere?: boolean }): Promise<void> {
    hasLeft = true;
    wantsIn = false;
    elsewhere = how.elsewhere ?? false;
    changed();
    // A tab that took over joins as the same leaf, and needs no goodbye of ours.
    if (!elsewhere && visit?.retire() === true) {
      retiring = visit;
      visit = undefined;
    } else await endVisit();
    letLockGo();
  }

  async function join(): Promise<void> {
    if (elsewhere && !hasLeft) await begin(false);
    if (visit?.phase() !== "lobby") return;
    wantsIn = true;
    failure = undefined;
    await visit.join();
    changed();
  }

  /** The worker came back empty: what we are in is lost, and a join brings us back. */
  async function comeBack(): Promise<void> {
    isCryptoLost = false;
    if (visit === undefined) return;
    await begin(false);
    if (wantsIn) await join();
  }

  const isMediaSettled = (): boolean =>
    LINK_STREAMS.every((stream) => media.state()[stream].phase !== "asking");

  function tracks(): Partial<Record<LinkStream, MediaHandle>> {
    const sent: Partial<Record<LinkStream, MediaHandle>> = {};
    for (const stream of LINK_STREAMS) {
      const local = media.state()[stream];
      if (local.phase === "on") sent[stream] = local.track;
    }
    return sent;
  }

  const ownState = (): MemberState => ({
    name: name === "" ? undefined : name,
    microphone: media.state().microphone.phase === "on",
    camera: media.state().camera.phase === "on",
  });

  let toldState = ownState();
  const unsubscribeMedia = media.subscribe(() => {
    changed();
    queue.run(async () => {
      visit?.setTracks(tracks());
      const { microphone, camera } = ownState();
      const isNews = microphone !== toldState.microphone || camera !== toldState.camera;
      toldState = ownState();
      if (isNews) await visit?.sayState();
      if (isMediaSettled()) await visit?.mediaSettled();
    });
  });

  function people(): readonly Person[] {
    const phase = visit?.phase();
    if (visit === undefined || (phase !== "live" && phase !== "reconnecting")) return [];
    return visit.people().map(({ memberId, state, ...person }) => ({
      ...person,
      key: memberId,
      name: state?.name,
      microphone: state?.microphone ?? false,
      camera: state?.camera ?? false,
      speaking: speaking.speaks(memberId),
      ...(person.isSelf ? { video: media.state().preview } : {}),
    }));
  }

  const level = (key: string): number =>
    key === "self" || key === visit?.selfId
      ? media.microphoneLevel()
      : (visit?.level(key as MemberId) ?? 0);
  const speaking = watchSpeaking({
    clock,
    levels: () =>
      new Map(
        (visit?.people() ?? []).flatMap(({ memberId, state }) =>
          state?.microphone === true ? [[memberId, level(memberId)] as const] : [],
        ),
      ),
    onTurned: changed,
  });
  const unsubscribeWake = ports.onWake?.(() => visit?.hurry());

  const phase = (): CallPhase => (hasLeft ? "left" : (visit?.phase() ?? "lobby"));

  crypto.onLost(() => {
    isCryptoLost = true;
    visit?.end();
    queue.run(comeBack);
  });
  queue.run(() => begin(false));
  return {
    snapshot: (): CallSnapshot => ({
      phase: phase(),
      link: `${origin}${path}`,
      address: isHostLinkKept ? path : undefined,
      door: visit?.door(),
      hosting: visit?.hosting(),
      hostLink,
      endedForAll,
      label: link.label,
      name,
      inCall: visit?.inCall(),
      ready: visit?.isReady() ?? false,
      people: people(),
      media: media.state(),
      security: visit?.code.state() ?? NOTHING_TO_COMPARE,
      failure,
      elsewhere,
      preferAv1: memory.preferAv1(),
      deviceKept,
    }),
    subscribe: changes.add,
    onNotice: notices.add,
    setName: (next) => {
      name = next;
      memory.rememberName(next);
      queue.run(() => visit?.sayState());
      changed();
    },
    join: () => queue.run(join),
    moveHere: () =>
      queue.run(async () => {
        await begin(true);
        await join();
      }),
    stopWaiting: () =>
      queue.run(() => {
        visit?.stopWaiting();
        wantsIn = false;
        changed();
      }),
    host: {
      admit: (key) => visit?.host.admit(key),
      admitAll: () => visit?.host.admitAll(),
      refuse: (key, block) => visit?.host.refuse(key, block),
      remove: (key) => visit?.host.remove(key),
      undoRemove: () => visit?.host.undoRemove(),
      mute: (key) => visit?.host.mute(key),
      setCoHost: (key, isCoHost) => visit?.host.setCoHost(key, isCoHost),
      setMode: (mode) => visit?.host.setMode(mode),
      setLocked: (locked) => visit?.host.setLocked(locked),
      setCapacity: (most) => visit?.host.setCapacity(most),
      unban: (key) => visit?.host.unban(key),
      newLink: () => visit?.host.newLink(),
      makeHostLink: (role) => visit?.host.makeHostLink(role),
      withdraw: (serial) => visit?.host.withdraw(serial),
      knowOfKey: () => visit?.host.knowOfKey(),
      endForAll: () => visit?.host.endForAll(),
    },
    leave: () => {
      visit?.sayBye();
      queue.run(() => finish({}));
    },
    again: () => queue.run(() => begin(false)),
    turn: (stream, on) => void media.turn(stream, on),
    choose: (kind, deviceId) => void media.choose(kind, deviceId),
    setPreferAv1: (prefer) => {
      memory.rememberAv1(prefer);
      changed();
    },
    setView: (key, view) => queue.run(() => visit?.setView(key as MemberId, view)),
    level,
    showCode: (shown) => {
      isCodeShown = shown;
      if (!shown) return;
      queue.run(async () => {
        if (visit?.phase() === "live") await visit.code.shown();
        changed();
      });
    },
    judgeCode: (verdict, digits) => {
      visit?.code.judge(verdict, digits);
      changed();
    },
    forgetVerified: () => {
      visit?.code.forgetAll();
      changed();
    },
    stats: async (key) => visit?.stats(key as MemberId),
    close: () => {
      visit?.sayBye();
      isClosed = true;
      speaking.close();
      unsubscribeMedia();
      unsubscribeWake?.();
      queue.close();
      stopVisit();
      letLockGo();
    },
  };
}
