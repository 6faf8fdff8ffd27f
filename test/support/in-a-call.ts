import type { Person } from "./person.ts";

/** A call with so many people at once takes this machine's two processors a while. */
const SLOW_MS = 45_000;

/** Opens the site, makes a call, names oneself and joins. Answers the link. */
export async function startCall(person: Person, url: string, name: string): Promise<string> {
  await person.goto(url);
  await person.click("button", "New call");
  await enterCall(person, name);
  return person.evaluate(() => location.href);
}

/** Opens a link, names oneself and joins. */
export async function joinCall(person: Person, link: string, name: string): Promise<void> {
  await person.goto(link);
  await enterCall(person, name);
}

/** From the lobby into the call. */
export async function enterCall(person: Person, name: string): Promise<void> {
  await person.sees("button", "Join");
  await person.fill("Your name", name);
  await person.click("button", "Join");
  await isIn(person, "live");
}

/** Waits for a phase of the call (`<html data-call-phase>`). */
export const isIn = (person: Person, phase: string): Promise<void> =>
  person.waitFor(
    `the call to be ${phase}`,
    (wanted) => document.documentElement.dataset["callPhase"] === wanted,
    phase,
    { timeoutMs: SLOW_MS },
  );

/** Waits until somebody's picture moves: frames are shown, and they differ. */
export const seesMovingPicture = (person: Person, name: string): Promise<void> =>
  person.waitFor(
    `the picture of ${name} to move`,
    async (wanted) => {
      const video = [...document.querySelectorAll("article")]
        .find((article) => article.getAttribute("aria-label") === wanted)
        ?.querySelector("video");
      if (!video || video.videoWidth === 0) return false;
      const canvas = document.createElement("canvas");
      canvas.width = 32;
      canvas.height = 32;
      const context = canvas.getContext("2d", { willReadFrequently: true });
      if (context === null) return false;
      const look = (): string => {
        context.drawImage(video, 0, 0, 32, 32);
        return context.getImageData(0, 0, 32, 32).data.join();
      };
      const before = look();
      for (let frame = 0; frame < 10; frame += 1) {
        const shown = await new Promise<boolean>((resolve) => {
          const late = setTimeout(resolve, 2_000, false);
          video.requestVideoFrameCallback(() => {
            clearTimeout(late);
            resolve(true);
          });
        });
        if (!shown) return false;
        if (look() !== before) return true;
      }
      return false;
    },
    name,
    { timeoutMs: SLOW_MS },
  );

/** Waits until somebody's sound is not silence, measured on what their audio element plays. */
export const hearsSound = (person: Person, name: string): Promise<void> =>
  person.waitFor(
    `the sound of ${name} to be heard`,
    async (wanted) => {
      const audio = [...document.querySelectorAll("article")]
        .find((article) => article.getAttribute("aria-label") === wanted)
        ?.querySelector("audio");
      if (!audio || !(audio.srcObject instanceof MediaStream)) return false;
      if (audio.srcObject.getAudioTracks().length === 0) return false;
      const context = new AudioContext();
      await context.resume();
      // The fake microphone beeps once a second, for a fiftieth of one: the analyser remembers more than lies between two looks.
      const analyser = new AnalyserNode(context, { fftSize: 32_768 });
      context.createMediaStreamSource(audio.srcObject).connect(analyser);
      const samples = new Float32Array(analyser.fftSize);
      let isLoud = false;
      for (let look = 0; look < 8 && !isLoud; look += 1) {
        await new Promise((resolve) => {
          setTimeout(resolve, 200);
        });
        analyser.getFloatTimeDomainData(samples);
        isLoud = samples.some((sample) => Math.abs(sample) > 0.01);
      }
      await context.close();
      return isLoud;
    },
    name,
    { timeoutMs: SLOW_MS },
  );

/** Waits until the tiles are exactly these people, oneself left out. */
export const seesExactly = (person: Person, names: readonly string[]): Promise<void> =>
  person.waitFor(
    `the tiles to be ${names.join(", ") || "none"}`,
    (wanted) => {
      const shown = [...document.querySelectorAll("article")]
        .map((article) => article.getAttribute("aria-label"))
        .filter((name) => name !== "You");
      return shown.length === wanted.length && wanted.every((name) => shown.includes(name));
    },
    names as string[],
    { timeoutMs: SLOW_MS },
  );
