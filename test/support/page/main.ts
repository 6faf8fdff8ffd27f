// The pages over a call that only does what the address says, for tests of the pages alone:
// /r/x?people=6&names=long&phase=live#key
import type { Role } from "../../../protocol/delegation.ts";
import type {
  CallPhase,
  CallSnapshot,
  Person,
  SecurityState,
} from "../../../web/core/call-state.ts";
import type { LocalStream, MediaFailureCode } from "../../../web/core/local-media.ts";
import { CALL_FAILURE_CODES } from "../../../web/view/failure-advice.ts";
import { mountApp } from "../../../web/ui/app.tsx";
import { createFakeCall, type FakeCall, fakeLink, person } from "../fake-call.ts";
import { drawnPerson } from "./drawn-people.ts";

declare global {
  interface Window {
    fakeCall: FakeCall | undefined;
  }
}

const script = new URLSearchParams(location.search);
const read = (name: string, otherwise: string): string => script.get(name) ?? otherwise;

const names: Readonly<Record<string, readonly string[]>> = {
  plain: ["Amara Okafor", "Jonas Lind", "Mei Tanaka", "Rosa Delgado", "Priya Nair", "Tom Fisher"],
  long: [
    "Dr. Maximiliane-Friederike von und zu Hohenlohe-Waldenburg III",
    "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenha",
    "A",
  ],
  rtl: ["دانا الخطيب", "נועה לוי", "سارا احمدی", "Omar חיים"],
};

function people(): readonly Person[] {
  const count = Number(read("people", "1"));
  const list = names[read("names", "plain")] ?? [];
  const withPicture = Number(read("pictures", "99"));
  const states = read("links", "connected").split(",") as Person["link"][];
  const trusts = read("trust", "unknown").split(",") as Person["trust"][];
  return Array.from({ length: count }, (_, index) => {
    const isSelf = index === 0;
    const camera = index < withPicture;
    const upright = read("upright", "") === String(index);
    return person({
      key: `member-${index}`,
      isSelf,
      role: index === Number(read("cohost", "-1")) ? "co-host" : isSelf ? role() : undefined,
      name: isSelf
        ? read("name", "Elena Marsh")
        : (list[(index - 1) % list.length] ?? "") + suffix(index, list.length),
      camera,
      microphone: index % 3 !== 2,
      speaking: read("speaking", "1") === String(index),
      trust: isSelf ? "unknown" : (trusts[index % trusts.length] ?? "unknown"),
      link: isSelf ? "self" : (states[index % states.length] ?? "connected"),
      path: index % 4 === 3 ? "relayed" : "direct",
      video: camera
        ? drawnPerson(index + 1, upright ? { width: 360, height: 640 } : undefined)
        : undefined,
      audio: isSelf ? undefined : new MediaStream(),
    });
  });
}

/** How it stands with the security code: `code=waiting`, `silent`, `refused` or `ready`. */
function security(): SecurityState {
  const codes: Readonly<Record<string, SecurityState["code"]>> = {
    alone: { phase: "alone" },
    waiting: { phase: "waiting", missing: ["member-1"], silent: [] },
    silent: { phase: "waiting", missing: ["member-1"], silent: ["member-1"] },
    refused: { phase: "refused", by: "member-1" },
    ready: {
      phase: "ready",
      signs: [14, 63, 141, 197, 252, 330],
      digits: "104476706197604144095931915766",
    },
  };
  return {
    code: codes[read("code", "ready")] ?? { phase: "alone" },
    verdict: script.get("verdict") === null ? undefined : (read("verdict", "") as "match"),
    newcomers: script.has("newcomer") ? ["member-2"] : [],
    remembered: Number(read("remembered", "0")),
  };
}

const role = (): Role | undefined => {
  const given = script.get("host");
  return given === "host" || given === "co-host" ? given : undefined;
};

/** A host with as many at the door as the address says. */
function hosting(): CallSnapshot["hosting"] {
  const own = role();
  if (own === undefined) return undefined;
  const list = names[read("names", "plain")] ?? [];
  return {
    role: own,
    mode: script.has("knock") ? "knock" : "open",
    locked: script.has("locked"),
    capacity: 16,
    waiting: Array.from({ length: Number(read("waiting", "0")) }, (_, index) => ({
      key: `waiter-${index}`,
      name: (list[index % list.length] ?? "") + suffix(index + 1, list.length),
      isKnown: index % 3 === 1,
    })),
    bans: script.has("bans")
      ? [
          { key: "ban-1", name: list[0] },
          { key: "ban-2", name: undefined },
        ]
      : [],
    hostLinks: script.has("bans")
      ? [
          { serial: 3, role: "co-host", isTaken: true, name: list[1] },
          { serial: 4, role: "host", isTaken: false, name: undefined },
        ]
      : [],
    isKeyNews: script.has("keynews"),
    undo: script.has("undo") ? { name: list[0] } : undefined,
  };
}

const suffix = (index: number, length: number): string =>
  index > length ? ` ${Math.ceil(index / length)}` : "";

function localStream(kind: "microphone" | "camera"): LocalStream {
  const state = read(kind, "on");
  if (state === "on") {
    return { phase: "on", track: {}, deviceId: `${kind}-1`, label: "" };
  }
  if (state === "off" || state === "asking") return { phase: state };
  return { phase: "failed", code: state as MediaFailureCode };
}

const preview = (): MediaStream => drawnPerson(1);

function snapshot(): Partial<CallSnapshot> {
  const phase = read("phase", "lobby") as CallPhase;
  const inCall = read("inCall", "2");
  return {
    phase,
    link: `${location.origin}/r/Q2FsbHMgYXJlIHF1aWV0IQ#c2VjcmV0IHNlY3JldCBzZWNyZX`,
    label: script.get("label") ?? undefined,
    name: read("name", "Elena Marsh"),
    inCall: inCall === "unknown" ? undefined : Number(inCall),
    security: security(),
    people: phase === "lobby" || phase === "knocking" ? [] : people(),
    failure: CALL_FAILURE_CODES.find((code) => code === script.get("failure")),
    elsewhere: script.has("elsewhere"),
    door: script.has("door")
      ? { hostPresent: read("door", "") === "here", locked: script.has("locked") }
      : undefined,
    hosting: hosting(),
    hostLink: script.has("hostlink") ? `${location.origin}/r/x#k~${"Zm9v".repeat(60)}` : undefined,
    endedForAll: script.has("ended"),
    deviceKept: !script.has("forgetful"),
    media: {
      microphone: localStream("microphone"),
      camera: localStream("camera"),
      devices: [
        { kind: "microphone", deviceId: "microphone-1", label: "Built-in microphone" },
        { kind: "microphone", deviceId: "microphone-2", label: "Headset" },
        { kind: "camera", deviceId: "camera-1", label: "Built-in camera (04f2:b6d9)" },
        { kind: "speaker", deviceId: "speaker-1", label: "Speakers" },
        { kind: "speaker", deviceId: "speaker-2", label: "Headset" },
      ],
      preview: localStream("camera").phase === "on" ? preview() : undefined,
    },
  };
}

// A voice that comes and goes.
const level = (): number => {
  const seconds = performance.now() / 1000;
  return Math.max(0, Math.sin(seconds * 9) * Math.sin(seconds * 1.7)) * 0.6;
};

const root = document.getElementById("app");
if (root === null) throw new TypeError("page: expected an element with id app");
mountApp({
  root,
  sourceUrl: "https://source.test/sotto",
  startLobby: () => ({
    newCall: () =>
      Promise.resolve({ ok: true, link: new URL(fakeLink).pathname + new URL(fakeLink).hash }),
  }),
  openCall: (_path, fragment) => {
    const refused = CALL_FAILURE_CODES.find((code) => code === script.get("refused"));
    if (refused !== undefined) return Promise.resolve({ ok: false, error: { code: refused } });
    if (fragment === "") {
      return Promise.resolve({ ok: false, error: { code: "link-secret-missing" } });
    }
    const fake = createFakeCall(snapshot(), { preview, level });
    window.fakeCall = fake;
    return Promise.resolve({ ok: true, value: fake.call });
  },
  unsupported: CALL_FAILURE_CODES.find((code) => code === script.get("unsupported")),
  servedBuild: () => Promise.resolve("0123456789ab"),
  attachMedia: (element, media) => {
    if (media === undefined) element.srcObject = null;
    else if (media instanceof MediaStream) element.srcObject = media;
    else throw new TypeError("media: expected a stream");
  },
});
