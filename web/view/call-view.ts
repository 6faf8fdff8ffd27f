import {
  computed,
  effect,
  type ReadonlySignal,
  type Signal,
  signal,
  untracked,
} from "@preact/signals";
import type {
  Call,
  CallFailureCode,
  CallNotice,
  CallPhase,
  CallSnapshot,
  SecurityState,
} from "../core/call-state.ts";
import type { MediaDevice } from "../core/local-media.ts";
import { LINK_STREAMS, type LinkStream } from "../core/peer-link.ts";
import type { Catalogue, Sentence } from "../i18n/catalogue.ts";
import { type DeviceChoice, deviceChoices } from "./device-choice.ts";
import { type Advice, adviceFor, sentenceFor } from "./failure-advice.ts";
import { createHostingView, type HostingView } from "./hosting-view.ts";
import type { PagePorts } from "./page-ports.ts";
import { type Shield, shieldOf } from "./shield.ts";
import { type KeyPress, shortcutOf } from "./shortcuts.ts";
import { duoPlaces, gridPlaces, type Place, type Stage } from "./stage-layout.ts";
import { type StreamSwitch, streamSwitch } from "./stream-switch.ts";
import { SELF_KEY, type Tile, tilesOf } from "./tiles.ts";
import { createViewReport, type ViewReport } from "./view-report.ts";

/** Which page of a call is shown. `failed`: nothing of the call can be shown, only why. */
export type CallScreen = "lobby" | "elsewhere" | "waiting" | "call" | "left" | "failed";

/** A line for `role=status` or `role=alert`. Its id is new for each, so that the same words are said again. */
export type Announcement = { readonly id: number; readonly text: string };

export type Problem = Sentence & { readonly code: CallFailureCode; readonly advice: Advice };

export type StageView = {
  /** In the order of the tiles. */
  readonly places: readonly Place[];
  /** Where the invitation stands while one is alone. */
  readonly invitation: Place | undefined;
  readonly isDuo: boolean;
};

/** One call as the pages show it: signals to read, functions to call. No DOM is needed for either. */
export type CallView = {
  readonly text: Catalogue;
  readonly phase: ReadonlySignal<CallPhase>;
  readonly screen: ReadonlySignal<CallScreen>;
  readonly title: ReadonlySignal<string>;
  readonly link: ReadonlySignal<string>;
  readonly label: ReadonlySignal<string | undefined>;
  readonly inCall: ReadonlySignal<number | undefined>;
  readonly deviceKept: ReadonlySignal<boolean>;
  /** Somebody must let one in, and is there or not. */
  readonly door: ReadonlySignal<CallSnapshot["door"]>;
  readonly hosting: HostingView;
  readonly endedForAll: ReadonlySignal<boolean>;
  /** What stands in the name field; what is sent is the call's. */
  readonly name: ReadonlySignal<string>;
  readonly tiles: ReadonlySignal<readonly Tile[]>;
  readonly stage: ReadonlySignal<StageView>;
  readonly microphone: ReadonlySignal<StreamSwitch>;
  readonly camera: ReadonlySignal<StreamSwitch>;
  readonly devices: ReadonlySignal<readonly DeviceChoice[]>;
  readonly speakerId: ReadonlySignal<string | undefined>;
  readonly preferAv1: ReadonlySignal<boolean>;
  /** Said quietly over the call while it is not live. */
  readonly waiting: ReadonlySignal<string | undefined>;
  /** What stops the call or keeps it from starting. */
  readonly problem: ReadonlySignal<Problem | undefined>;
  readonly announcements: ReadonlySignal<readonly Announcement[]>;
  readonly alerts: ReadonlySignal<readonly Announcement[]>;
  /** Some element was not allowed to play its sound. */
  readonly soundBlocked: Signal<boolean>;
  readonly peopleShown: Signal<boolean>;
  readonly settingsShown: Signal<boolean>;
  readonly codeShown: ReadonlySignal<boolean>;
  readonly security: ReadonlySignal<SecurityState>;
  readonly shield: ReadonlySignal<Shield>;
  readonly canShare: boolean;
  readonly report: ViewReport;
  readonly setName: (name: string) => void;
  readonly setStage: (stage: Stage) => void;
  readonly toggle: (stream: LinkStream) => void;
  readonly choose: (kind: MediaDevice["kind"], deviceId: string) => void;
  readonly setPreferAv1: (prefer: boolean) => void;
  readonly join: () => void;
  readonly stopWaiting: () => void;
  readonly leave: () => void;
  /** From the left page straight back into the call. */
  readonly rejoin: () => void;
  readonly again: () => void;
  readonly moveHere: () => void;
  readonly openCode: () => void;
  readonly closeCode: () => void;
  /** What shows the code did not come over the network. */
  readonly codeNotLoaded: () => void;
  readonly judgeCode: Call["judgeCode"];
  readonly forgetVerified: () => void;
  readonly copyLink: () => Promise<boolean>;
  /** Copies any text, and says `said` if that went well. */
  readonly copy: (copied: string, said: string) => Promise<boolean>;
  readonly shareLink: () => void;
  readonly dismiss: (id: number) => void;
  /** True when the key did something. */
  readonly press: (key: KeyPress, typing: boolean) => boolean;
  /** 0…1 now, of a tile's key. */
  readonly level: (key: string) => number;
  readonly close: () => void;
};

/** Status lines kept: older ones have long faded. */
const ANNOUNCEMENTS_KEPT = 3;

export function createCallView(
  call: Call,
  { sharing, chimes, address }: Pick<PagePorts, "sharing" | "chimes" | "address">,
  text: Catalogue,
): CallView {
  const snapshot = signal(call.snapshot());
  const name = signal(snapshot.value.name);
  const stageSize = signal<Stage>({ width: 0, height: 0 });
  const chosenSpeaker = signal<string | undefined>(undefined);
  // Until somebody chooses, the one that was remembered.
  const speakerId = computed(() => chosenSpeaker.value ?? snapshot.value.media.speaker);
  const announcements = signal<readonly Announcement[]>([]);
  const alerts = signal<readonly Announcement[]>([]);
  const peopleShown = signal(false);
  const settingsShown = signal(false);
  const codeShown = signal(false);
  let nextId = 1;

  const announce = (line: string): void => {
    announcements.value = [...announcements.value, { id: nextId, text: line }].slice(
      -ANNOUNCEMENTS_KEPT,
    );
    nextId += 1;
  };
  const alertOnce = (line: string): void => {
    // A failure that repeats must not fill the page.
    if (alerts.value.some((alert) => alert.text === line)) return;
    alerts.value = [...alerts.value, { id: nextId, text: line }];
    nextId += 1;
  };
  const hear = (notice: CallNotice): void => {
    switch (notice.type) {
      case "failure": {
        const { title, text: advice } = sentenceFor(text, notice.code);
        return alertOnce(`${title}. ${advice}`);
      }
      case "host-deed":
        return announce(deedLine(notice, text));
      case "knock":
        chimes.knock();
        return announce(text.notices.knock(notice.name));
      case "muted-by":
        return announce(text.notices["muted-by"](notice.name ?? text.notices.someHost));
      case "identity-changed":
        return alertOnce(text.notices[notice.type](notice.name ?? text.call.someone));
      case "joined-since-compared":
      case "joined":
      case "left":
      case "lost":
        return announce(text.notices[notice.type](notice.name ?? text.call.someone));
    }
  };

  // What the address says opens the call again after a reload: the link in force, and no host's secret longer than needed.
  const followAddress = (): void => {
    const { address: wanted } = snapshot.value;
    if (wanted !== undefined && wanted !== `${address.path()}${address.fragment()}`)
      address.replace(wanted);
  };
  const stop = [
    call.subscribe(() => {
      snapshot.value = call.snapshot();
      followAddress();
    }),
    call.onNotice(hear),
  ];

  const hosting = createHostingView(call, snapshot, text);
  const phase = computed(() => snapshot.value.phase);
  const tiles = computed(() => tilesOf(snapshot.value, text));
  const security = computed(() => snapshot.value.security);
  const problem = computed(() => problemOf(snapshot.value.failure, text));
  const screen = computed((): CallScreen => {
    if (snapshot.value.elsewhere) return "elsewhere";
    switch (phase.value) {
      case "left":
        return "left";
      case "lobby":
        return problem.value === undefined || problem.value.advice === "again" ? "lobby" : "failed";
      case "knocking":
        return "waiting";
      case "joining":
      case "live":
      case "reconnecting":
        return "call";
    }
  });
  const microphone = computed(() =>
    streamSwitch("microphone", snapshot.value.media.microphone, text),
  );
  const camera = computed(() => streamSwitch("camera", snapshot.value.media.camera, text));

  // The lobby says it beside the picture; in the call there is no place but over it.
  for (const stream of LINK_STREAMS) {
    const trouble = computed(() => {
      const { media } = snapshot.value;
      return media[stream].phase === "failed" ? media[stream].code : undefined;
    });
    stop.push(
      effect(() => {
        const code = trouble.value;
        if (code === undefined || untracked(() => screen.value) !== "call") return;
        const { title, text: advice } = text.media[code][stream];
        untracked(() => alertOnce(`${title} ${advice}`));
      }),
    );
  }

  const toggle = (stream: LinkStream): void => {
    call.turn(stream, !(stream === "microphone" ? microphone : camera).value.on);
  };

  const showCode = (shown: boolean): void => {
    if (codeShown.value === shown) return;
    codeShown.value = shown;
    call.showCode(shown);
  };

  const copy: CallView["copy"] = async (copied, said) => {
    const isCopied = await sharing.copy(copied);
    if (isCopied) announce(said);
    else alertOnce(text.call.linkNotCopied);
    return isCopied;
  };

  return {
    text,
    phase,
    screen,
    title: computed(() => `${snapshot.value.label ?? text.call.title} · ${text.product}`),
    link: computed(() => snapshot.value.link),
    label: computed(() => snapshot.value.label),
    inCall: computed(() => snapshot.value.inCall),
    deviceKept: computed(() => snapshot.value.deviceKept),
    door: computed(() => snapshot.value.door),
    hosting,
    endedForAll: computed(() => snapshot.value.endedForAll),
    name,
    tiles,
    stage: computed(() => stageOf(tiles.value.length, stageSize.value, phase.value === "live")),
    microphone,
    camera,
    devices: computed(() => deviceChoices(snapshot.value.media, speakerId.value, text)),
    speakerId,
    preferAv1: computed(() => snapshot.value.preferAv1),
    waiting: computed(() => waitingOf(phase.value, text)),
    problem,
    announcements,
    alerts,
    soundBlocked: signal(false),
    peopleShown,
    settingsShown,
    codeShown,
    security,
    shield: computed(() => shieldOf(security.value, tiles.value, text)),
    canShare: sharing.share !== undefined,
    report: createViewReport((key, view) => {
      if (key !== SELF_KEY) call.setView(key, view);
    }),
    setName: (next) => {
      name.value = next;
      call.setName(next.trim());
    },
    setStage: (stage) => {
      const { width, height } = stageSize.value;
      if (width !== stage.width || height !== stage.height) stageSize.value = stage;
    },
    toggle,
    choose: (kind, deviceId) => {
      if (kind === "speaker") chosenSpeaker.value = deviceId;
      call.choose(kind, deviceId);
    },
    setPreferAv1: call.setPreferAv1,
    join: call.join,
    stopWaiting: call.stopWaiting,
    leave: call.leave,
    rejoin: () => {
      call.again();
      call.join();
    },
    again: call.again,
    moveHere: call.moveHere,
    openCode: () => showCode(true),
    closeCode: () => showCode(false),
    codeNotLoaded: () => {
      showCode(false);
      alertOnce(text.call.code.notLoaded);
    },
    judgeCode: call.judgeCode,
    forgetVerified: call.forgetVerified,
    copyLink: () => copy(snapshot.value.link, text.call.linkCopied),
    copy,
    shareLink: () =>
      sharing.share?.({
        title: snapshot.value.label ?? text.lobby.unnamed,
        url: snapshot.value.link,
      }),
    dismiss: (id) => {
      alerts.value = alerts.value.filter((alert) => alert.id !== id);
    },
    press: (key, typing) => {
      const shortcut = shortcutOf(key, typing);
      const isBusy = settingsShown.value || codeShown.value || hosting.dialog.value !== undefined;
      if (shortcut === undefined || isBusy) return false;
      if (shortcut === "people") {
        if (screen.value !== "call") return false;
        peopleShown.value = !peopleShown.value;
        return true;
      }
      if (screen.value !== "call" && screen.value !== "lobby") return false;
      toggle(shortcut);
      return true;
    },
    level: (key) => call.level(key),
    close: () => {
      for (const end of stop) end();
      call.close();
    },
  };
}

/** What a host did, in words. SPEC HOST-8. */
function deedLine(
  { deed, by, byYou, who, whoIsYou }: Extract<CallNotice, { readonly type: "host-deed" }>,
  text: Catalogue,
): string {
  const host = byYou ? text.call.you : (by ?? text.notices.someHost);
  switch (deed.type) {
    case "removed":
    case "unbanned":
    case "made-co-host":
    case "unmade-co-host":
      return text.deeds[deed.type](host, whoIsYou ? text.notices.you : (who ?? text.call.someone));
    case "capacity":
      return text.deeds.capacity(host, text.call.inCall(deed.people));
    default:
      return text.deeds[deed.type](host);
  }
}

function problemOf(code: CallFailureCode | undefined, text: Catalogue): Problem | undefined {
  if (code === undefined) return undefined;
  return { code, advice: adviceFor(code), ...sentenceFor(text, code) };
}

function waitingOf(phase: CallPhase, text: Catalogue): string | undefined {
  switch (phase) {
    case "joining":
    case "reconnecting":
      return text.call[phase];
    case "knocking":
    case "lobby":
    case "live":
    case "left":
      return undefined;
  }
}

function stageOf(count: number, stage: Stage, isLive: boolean): StageView {
  if (count === 1 && isLive) {
    const [place, invitation] = gridPlaces(2, stage);
    return { places: place === undefined ? [] : [place], invitation, isDuo: false };
  }
  if (count === 2) {
    return { places: duoPlaces(stage) ?? [], invitation: undefined, isDuo: true };
  }
  return { places: gridPlaces(count, stage), invitation: undefined, isDuo: false };
}
