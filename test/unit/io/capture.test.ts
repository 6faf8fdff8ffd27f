import { afterEach, describe, expect, it, vi } from "vitest";
import { capture } from "../../../web/io/capture.ts";

const BOTH = { microphone: { deviceId: undefined }, camera: { deviceId: undefined } };
const error = (name: string) => new DOMException("", name);
type Asked = { readonly audio?: unknown; readonly video?: unknown };

/** A browser whose devices answer as `answers` says; both asked at once fail as the first that fails does. */
function browser(
  answers: { readonly audio: string; readonly video: string },
  granted: readonly string[] = [],
) {
  const asked: string[] = [];
  const track = (kind: string) => ({ kind });
  vi.stubGlobal("navigator", {
    mediaDevices: {
      getUserMedia: (constraints: Asked) => {
        const kinds = (["audio", "video"] as const).filter((kind) => constraints[kind]);
        asked.push(kinds.join("+"));
        const failing = kinds.map((kind) => answers[kind]).find((answer) => answer !== "ok");
        if (failing !== undefined) return Promise.reject(error(failing));
        const of = (kind: "audio" | "video") => (kinds.includes(kind) ? [track(kind)] : []);
        return Promise.resolve({
          getTracks: () => kinds.map(track),
          getAudioTracks: () => of("audio"),
          getVideoTracks: () => of("video"),
        });
      },
    },
    permissions: {
      query: ({ name }: { readonly name: string }) =>
        Promise.resolve({ state: granted.includes(name) ? "granted" : "prompt" }),
    },
  });
  return asked;
}
async function outcome(): Promise<Record<string, string>> {
  const captured = await capture(BOTH);
  return Object.fromEntries(
    [...captured].map(([stream, result]) => [stream, result.ok ? result.track.kind : result.code]),
  );
}

describe("opening microphone and camera", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("asks one question for both", async () => {
    const asked = browser({ audio: "ok", video: "ok" });
    expect(await outcome()).toEqual({ microphone: "audio", camera: "video" });
    expect(asked).toEqual(["audio+video"]);
  });

  it.each([
    ["NotFoundError", "media-absent"],
    ["OverconstrainedError", "media-absent"],
    ["NotReadableError", "media-busy"],
    ["AbortError", "media-busy"],
    ["TypeError", "media-failed"],
  ])("gives the microphone though the camera fails with %s", async (name, code) => {
    browser({ audio: "ok", video: name });
    expect(await outcome()).toEqual({ microphone: "audio", camera: code });
  });

  it("does not ask again who just said no", async () => {
    const asked = browser({ audio: "NotAllowedError", video: "NotAllowedError" });
    expect(await outcome()).toEqual({ microphone: "media-denied", camera: "media-denied" });
    expect(asked).toEqual(["audio+video"]);
  });

  it("gives the microphone that was allowed for good though the camera is forbidden", async () => {
    const asked = browser({ audio: "ok", video: "NotAllowedError" }, ["microphone"]);
    expect(await outcome()).toEqual({ microphone: "audio", camera: "media-denied" });
    expect(asked).toEqual(["audio+video", "audio"]);
  });

  it("takes another microphone where the chosen one is gone", async () => {
    const asked: unknown[] = [];
    vi.stubGlobal("navigator", {
      mediaDevices: {
        getUserMedia: ({ audio }: { readonly audio: { readonly deviceId?: object } }) => {
          asked.push(audio.deviceId);
          return audio.deviceId === undefined
            ? Promise.resolve({ getTracks: () => [{ kind: "audio" }] })
            : Promise.reject(error("OverconstrainedError"));
        },
      },
    });
    const captured = await capture({ microphone: { deviceId: "gone" } });
    expect(captured.get("microphone")?.ok).toBe(true);
    expect(asked).toEqual([{ exact: "gone" }, undefined]);
  });

  it("says that the page is not secure where there are no devices to ask", async () => {
    vi.stubGlobal("navigator", {});
    expect(await outcome()).toEqual({ microphone: "media-insecure", camera: "media-insecure" });
  });
});
