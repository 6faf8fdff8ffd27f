import { describe, expect, it } from "vitest";
import { deriveRoomId } from "../../protocol/ids.ts";
import { formatLink } from "../../protocol/link.ts";
import { en } from "../../web/i18n/en.ts";
import { failures } from "../../web/i18n/en-failures.ts";
import {
  enterCall,
  isIn,
  joinCall,
  seesExactly,
  seesMovingPicture,
  startCall,
} from "../support/in-a-call.ts";
import type { Person } from "../support/person.ts";
import { useStage } from "../support/stage.ts";

const random = (length: number): Uint8Array<ArrayBuffer> =>
  crypto.getRandomValues(new Uint8Array(length));

const seesFailure = (person: Person, code: keyof typeof failures): Promise<void> =>
  person.waitFor(
    `the sentence of ${code}`,
    (title) => document.body.textContent.includes(title),
    failures[code].title,
  );

describe("a link that leads nowhere", () => {
  const stage = useStage();

  it("says in a sentence of its own what is wrong with it", async () => {
    const [ann, bob] = [await stage.person(), await stage.person()];
    const { url } = stage.server();
    const link = await startCall(ann, url, "Ann");
    const [path = "", fragment = ""] = link.slice(url.length).split("#");
    const roomId = path.slice("/r/".length);
    const other = await deriveRoomId(random(32));
    const wrongSecret = await formatLink({
      roomId: roomId as typeof other,
      secret: random(16),
      label: undefined,
    });
    const unknownRoom = await formatLink({ roomId: other, secret: random(16), label: undefined });
    const bad = {
      "link-secret-missing": path,
      "link-cut": `${path}#${fragment.slice(0, 20)}`,
      "link-altered": `/r/${other}#${fragment}`,
      "link-room-malformed": `/r/${roomId.slice(1)}#${fragment}`,
      "link-label-malformed": `${path}#${fragment}/%E2%80%AE`,
      "room-unknown": unknownRoom,
      "access-wrong": wrongSecret,
    } as const;
    for (const [code, address] of Object.entries(bad)) {
      // A fragment alone would not load the page anew.
      await bob.goto("about:blank");
      await bob.goto(`${url}${address}`);
      await seesFailure(bob, code as keyof typeof bad);
    }
    await seesExactly(ann, []);
    expect(ann.problems()).toEqual([]);
  });
});

describe("a browser in a bad state", () => {
  const stage = useStage();

  it("whose clock is wrong by an hour gets in all the same", async () => {
    const [ann, bob] = [await stage.person(), await stage.chromiumPerson()];
    await bob.page.addInitScript(() => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + 3_600_000;
    });
    const link = await startCall(ann, stage.server().url, "Ann");
    await joinCall(bob, link, "Bob");
    await seesExactly(ann, ["Bob"]);
    await seesMovingPicture(bob, "Ann");
  });

  it("that may store nothing gets in, and is told that it will look new next time", async () => {
    const [ann, bob] = [await stage.person(), await stage.chromiumPerson()];
    const block = (name: string): string =>
      `Object.defineProperty(globalThis, "${name}", { get: () => { throw new DOMException("blocked", "SecurityError"); } });`;
    await bob.page.addInitScript({ content: `${block("localStorage")}${block("indexedDB")}` });
    // The worker, where the keys are kept, has a world of its own.
    await bob.page.context().route("**/assets/main-*.js", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${block("indexedDB")}${await response.text()}` });
    });
    const link = await startCall(ann, stage.server().url, "Ann");
    await bob.goto(link);
    await bob.waitFor(
      "the lobby to say so",
      (sentence) => document.body.textContent.includes(sentence),
      en.lobby.notKept,
    );
    await enterCall(bob, "Bob");
    await seesExactly(ann, ["Bob"]);
    await seesMovingPicture(ann, "Bob");
  });

  it("without camera and microphone can still look and listen", async () => {
    const [ann, bob] = [await stage.person(), await stage.chromiumPerson()];
    await bob.page.addInitScript(() => {
      navigator.mediaDevices.getUserMedia = () =>
        Promise.reject(new DOMException("denied", "NotAllowedError"));
    });
    const link = await startCall(ann, stage.server().url, "Ann");
    await joinCall(bob, link, "Bob");
    await seesExactly(ann, ["Bob"]);
    await seesMovingPicture(bob, "Ann");
    await isIn(bob, "live");
  });

  it("without insertable streams is told so, and sends nothing", async () => {
    const bob = await stage.chromiumPerson();
    await bob.page.addInitScript(() => {
      Reflect.deleteProperty(globalThis, "RTCRtpScriptTransform");
      Reflect.deleteProperty(RTCRtpSender.prototype, "createEncodedStreams");
    });
    await bob.goto(stage.server().url);
    await bob.click("button", "New call");
    await seesFailure(bob, "transform-unavailable");
  });
});
