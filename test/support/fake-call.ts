import type { Call, CallNotice, CallSnapshot, Person } from "../../web/core/call-state.ts";
import { createListeners } from "../../web/core/listeners.ts";
import type { LocalMediaState, LocalStream } from "../../web/core/local-media.ts";
import type { LinkStream, MediaHandle } from "../../web/core/peer-link.ts";

export const fakeLink = "https://sotto.test/r/Q2FsbHMgYXJlIHF1aWV0IQ#c2VjcmV0IHNlY3JldCBzZWNyZXQxx";

/** Somebody in the call who hears and sees. */
export function person(change: Partial<Person> & { readonly key: string }): Person {
  return {
    isSelf: false,
    name: change.key,
    role: undefined,
    microphone: true,
    camera: true,
    speaking: false,
    trust: "unknown",
    link: "connected",
    path: "direct",
    video: undefined,
    audio: undefined,
    ...change,
  };
}

export const mediaOff: LocalMediaState = {
  microphone: { phase: "off" },
  camera: { phase: "off" },
  devices: [],
  preview: undefined,
};

export const lobbySnapshot: CallSnapshot = {
  phase: "lobby",
  link: fakeLink,
  address: undefined,
  door: undefined,
  hosting: undefined,
  hostLink: undefined,
  endedForAll: false,
  label: undefined,
  name: "",
  inCall: 0,
  ready: true,
  people: [],
  media: mediaOff,
  security: { code: { phase: "alone" }, verdict: undefined, newcomers: [], remembered: 0 },
  failure: undefined,
  elsewhere: false,
  preferAv1: false,
  deviceKept: true,
};

/** A call in which only what the test says happens; what the page asked for is in `asked`. */
export type FakeCall = {
  readonly call: Call;
  /** Changes what the call says of itself, and tells. */
  readonly become: (change: Partial<CallSnapshot>) => void;
  readonly notice: (notice: CallNotice) => void;
  readonly asked: readonly string[];
  readonly views: ReadonlyMap<string, { readonly width: number; readonly height: number }>;
};

/** What a fake microphone and camera are made of, where there is a browser. */
export type FakeDevices = {
  readonly preview: () => MediaHandle | undefined;
  readonly level: (key: string) => number;
};

const noDevices: FakeDevices = { preview: () => undefined, level: () => 0 };

export function createFakeCall(
  first: Partial<CallSnapshot> = {},
  devices: FakeDevices = noDevices,
): FakeCall {
  let snapshot: CallSnapshot = { ...lobbySnapshot, ...first };
  const changes = createListeners<undefined>();
  const notices = createListeners<CallNotice>();
  const asked: string[] = [];
  const views = new Map<string, { readonly width: number; readonly height: number }>();

  const become = (change: Partial<CallSnapshot>): void => {
    snapshot = { ...snapshot, ...change };
    changes.tell(undefined);
  };
  const turn = (stream: LinkStream, on: boolean): void => {
    asked.push(`turn ${stream} ${on ? "on" : "off"}`);
    const device = snapshot.media.devices.find(({ kind }) => kind === stream);
    const state: LocalStream = on
      ? { phase: "on", track: {}, deviceId: device?.deviceId, label: device?.label ?? "" }
      : { phase: "off" };
    const preview = stream === "camera" ? (on ? devices.preview() : undefined) : undefined;
    become({
      media: {
        ...snapshot.media,
        [stream]: state,
        preview: stream === "camera" ? preview : snapshot.media.preview,
      },
      people: snapshot.people.map((one) => (one.isSelf ? { ...one, [stream]: on } : one)),
    });
  };

  return {
    become,
    notice: notices.tell,
    asked,
    views,
    call: {
      snapshot: () => snapshot,
      subscribe: changes.add,
      onNotice: notices.add,
      setName: (name) => {
        asked.push(`name ${name}`);
        become({ name });
      },
      join: () => {
        asked.push("join");
        become({ phase: "live" });
      },
      stopWaiting: () => {
        asked.push("stop waiting");
        become({ phase: "lobby" });
      },
      host: {
        admit: (key) => asked.push(`admit ${key}`),
        admitAll: () => asked.push("admit all"),
        refuse: (key, block) => asked.push(`${block ? "block" : "refuse"} ${key}`),
        remove: (key) => asked.push(`remove ${key}`),
        undoRemove: () => asked.push("undo remove"),
        mute: (key) => asked.push(`mute ${key}`),
        setCoHost: (key, isCoHost) => asked.push(`co-host ${key} ${isCoHost ? "on" : "off"}`),
        setMode: (mode) => asked.push(`mode ${mode}`),
        setLocked: (locked) => asked.push(locked ? "lock" : "unlock"),
        setCapacity: (people) => asked.push(`capacity ${people}`),
        unban: (key) => asked.push(`unban ${key}`),
        newLink: () => asked.push("new link"),
        makeHostLink: (role) => asked.push(`host link ${role}`),
        withdraw: (serial) => asked.push(`withdraw ${serial}`),
        knowOfKey: () => asked.push("know of key"),
        endForAll: () => asked.push("end for all"),
      },
      leave: () => {
        asked.push("leave");
        become({ phase: "left" });
      },
      again: () => {
        asked.push("again");
        become({ phase: "lobby", failure: undefined });
      },
      moveHere: () => {
        asked.push("move here");
        become({ elsewhere: false });
      },
      turn,
      choose: (kind, deviceId) => {
        asked.push(`choose ${kind} ${deviceId}`);
        const state = kind === "speaker" ? undefined : snapshot.media[kind];
        if (state?.phase === "on") {
          become({ media: { ...snapshot.media, [kind]: { ...state, deviceId } } });
        }
      },
      setPreferAv1: (preferAv1) => {
        asked.push(`prefer AV1 ${preferAv1}`);
        become({ preferAv1 });
      },
      setView: (key, view) => views.set(key, view),
      level: devices.level,
      showCode: (shown) => asked.push(`${shown ? "show" : "hide"} code`),
      judgeCode: (verdict, digits) => {
        asked.push(`${verdict} ${digits}`);
        become({
          security: { ...snapshot.security, verdict: verdict === "again" ? undefined : verdict },
        });
      },
      forgetVerified: () => {
        asked.push("forget");
        become({ security: { ...snapshot.security, verdict: undefined, remembered: 0 } });
      },
      stats: () => Promise.resolve(undefined),
      close: () => asked.push("close"),
    },
  };
}
