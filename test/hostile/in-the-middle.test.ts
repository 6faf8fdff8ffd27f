import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SignalBody } from "../../protocol/signal.ts";
import { buildPages } from "../support/built-pages.ts";
import { type Browsers, startBrowsers } from "../support/browsers.ts";
import { type PageServer, servePages } from "../support/page-server.ts";
import type { BrowserName, Person } from "../support/person.ts";

/** What a page in the middle keeps between two steps of a test. */
type Middle = {
  readonly certificate: RTCCertificate;
  readonly pc?: RTCPeerConnection;
};
declare global {
  // How a global is declared.
  var middle: Middle;
}

const FINGERPRINT = /(?<=a=fingerprint:sha-256 )[\dA-F:]+/giu;
const asText = (fingerprint: readonly number[]): string =>
  fingerprint.map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(":");

describe("somebody in the middle, with a connection of their own to each of two people,", () => {
  let pages: PageServer;
  let browsers: Browsers;
  const linkPages = new URL("../browser/support/link-page/", import.meta.url);

  beforeAll(async () => {
    pages = await servePages(await buildPages(linkPages));
    browsers = await startBrowsers();
  });
  afterAll(async () => {
    await browsers.close();
    await pages.close();
  });

  /** Opens a page in between with a certificate of its own; answers that one's fingerprint. */
  async function openBetween(between: Person): Promise<number[]> {
    await between.goto(pages.url);
    const text = await between.evaluate(async () => {
      const algorithm = { name: "ECDSA", namedCurve: "P-256" };
      const certificate = await RTCPeerConnection.generateCertificate(algorithm);
      globalThis.middle = { certificate };
      return certificate.getFingerprints()[0]?.value ?? "";
    });
    return text.split(":").map((byte) => Number.parseInt(byte, 16));
  }

  /** Takes the offer of a link and answers it from a browser in between, which states whatever fingerprint. */
  async function answerFromBetween(
    between: Person,
    offered: readonly SignalBody[],
    statedFingerprint: readonly number[],
  ): Promise<{ readonly sdp: string; readonly candidates: string[] }> {
    const answer = await between.evaluate(
      async (given) => {
        const pc = new RTCPeerConnection({ certificates: [middle.certificate] });
        globalThis.middle = { ...middle, pc };
        const candidates: string[] = [];
        const gathered = new Promise<void>((resolve) => {
          pc.addEventListener("icecandidate", ({ candidate }) => {
            if (candidate === null) resolve();
            else candidates.push(`${candidate.candidate}\n${candidate.sdpMid}`);
          });
        });
        await pc.setRemoteDescription({ type: "offer", sdp: given.sdp });
        await pc.setLocalDescription();
        for (const line of given.candidates) {
          const [candidate = "", sdpMid = "0"] = line.split("\n");
          await pc.addIceCandidate({ candidate, sdpMid });
        }
        await gathered;
        return { sdp: pc.localDescription?.sdp ?? "", candidates };
      },
      {
        sdp: offered.find(({ descriptionType }) => descriptionType === "offer")?.sdp ?? "",
        candidates: offered.flatMap((body) => body.candidates ?? []),
      },
    );
    return {
      sdp: answer.sdp
        .replace(FINGERPRINT, asText(statedFingerprint))
        .replace(/a=candidate:.*\r\n|a=end-of-candidates\r\n|a=extmap-allow-mixed\r\n/gu, ""),
      candidates: answer.candidates.filter((line) => line.startsWith("candidate:")),
    };
  }

  const bring = (
    victim: Person,
    { sdp, candidates }: { readonly sdp: string; readonly candidates: string[] },
  ): Promise<void> =>
    victim.evaluate((given) => linkPage.receive(given), [
      { type: "description", descriptionType: "answer", sdp },
      { type: "candidates", candidates },
    ] satisfies SignalBody[]);

  async function offerOf(
    person: Person,
    peerFingerprint: readonly number[],
  ): Promise<SignalBody[]> {
    await person.goto(pages.url);
    await person.waitFor("the page's script", () => globalThis.linkPage !== undefined);
    await person.evaluate(() => linkPage.start({}));
    await person.evaluate(
      (given) => linkPage.open({ polite: false, peerFingerprint: given }),
      [...peerFingerprint],
    );
    await person.evaluate(() => linkPage.offer());
    const bodies: SignalBody[] = [];
    while (!bodies.some(({ type }) => type === "candidates"))
      bodies.push(...(await person.evaluate(() => linkPage.take())));
    return bodies;
  }

  it.each<BrowserName>(["chromium", "firefox"])(
    "[NEG-3] somebody in the middle repeats the true fingerprint and holds another key: %s ends the handshake, and no picture, sound or message passes",
    async (browser) => {
      const victim = await browsers.newPerson(browser);
      const between = await browsers.newPerson("chromium");
      try {
        await openBetween(between);
        // The leaf names a certificate whose key nobody in between has, and so does what is stated.
        const leaf = Array.from({ length: 32 }, (_, index) => index + 1);
        const offer = await offerOf(victim, leaf);
        await bring(victim, await answerFromBetween(between, offer, leaf));
        await between.waitFor("ICE to connect", () =>
          ["connected", "completed"].includes(middle.pc?.iceConnectionState ?? ""),
        );
        await between.waitFor(
          "DTLS to fail",
          () =>
            middle.pc?.connectionState === "failed" ||
            middle.pc?.getReceivers().some(({ transport }) => transport?.state === "failed") ===
              true,
        );
        const events = await victim.evaluate(() => linkPage.events());
        expect(events.filter((event) => /connected|open|message|playing/u.test(event))).toEqual([]);
        expect(await victim.evaluate(() => linkPage.framesShown())).toBe(0);
        const received = await between.evaluate(async () => {
          const reports: { readonly type: string; readonly packetsReceived?: number }[] = [];
          (await middle.pc?.getStats())?.forEach((report) => reports.push(report));
          return reports
            .filter(({ type }) => type === "inbound-rtp")
            .reduce((sum, { packetsReceived = 0 }) => sum + packetsReceived, 0);
        });
        expect(received).toBe(0);
      } finally {
        await between.close();
        await victim.close();
      }
    },
  );

  it("[NEG-5] a member pads a description to 2,500 lines, and sends sixty candidates that are no addresses: the true ones connect, and nothing is asked for", async () => {
    const victim = await browsers.newPerson("chromium");
    const between = await browsers.newPerson("chromium");
    try {
      const leaf = await openBetween(between);
      const { sdp, candidates } = await answerFromBetween(
        between,
        await offerOf(victim, leaf),
        leaf,
      );
      const none = [
        "candidate:1 1 udp 2113937151 evil.example 9 typ host\n0",
        "candidate:1 1 udp 2113937151 http://evil.example/ 9 typ host\n0",
        "candidate:1 1 tcp 2113937151 127.0.0.1 1 typ host tcptype active\n0",
        "candidate:\u0000 1 udp 1 127.0.0.1 9 typ host\n0",
        `candidate:${"9".repeat(900)} 1 udp 1 127.0.0.1 9 typ host\n0`,
        "a=candidate\r\na=fingerprint:sha-1 00\n0",
      ];
      await bring(victim, {
        sdp: sdp + "a=x\r\n".repeat(2_500),
        candidates: [...Array.from({ length: 10 }, () => none).flat(), ...candidates.slice(0, 4)],
      });
      await victim.waitFor("the link to connect", () =>
        linkPage.events().some((event) => event.startsWith("connected")),
      );
      await between.waitFor("pictures of the victim", async () => {
        const reports: { readonly type: string; readonly packetsReceived?: number }[] = [];
        (await middle.pc?.getStats())?.forEach((report) => reports.push(report));
        return reports.some(
          ({ type, packetsReceived = 0 }) => type === "inbound-rtp" && packetsReceived > 10,
        );
      });
      expect(victim.problems()).toEqual([]);
      expect(victim.requests().filter((address) => address.includes("evil"))).toEqual([]);
    } finally {
      await between.close();
      await victim.close();
    }
  });
});
