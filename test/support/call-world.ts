import type { LeafIndex } from "../../protocol/ids.ts";
import type { RoomLink } from "../../protocol/link.ts";
import type { Mode } from "../../protocol/policy.ts";
import { type CallPorts, createCall } from "../../web/core/call.ts";
import type { CallCrypto, EpochStatement } from "../../web/core/call-crypto.ts";
import type { Call, CallNotice, CallSnapshot, Person } from "../../web/core/call-state.ts";
import type { Clock } from "../../web/core/clock.ts";
import type { MlsEngine } from "../../web/core/mls-engine.ts";
import type { FrameKeyring } from "../../web/crypto-worker/frames/frame-keyring.ts";
import { createMlsEngine } from "../../web/crypto-worker/mls/create-mls-engine.ts";
import { createCallCryptoSession } from "../../web/crypto-worker/session.ts";
import { createFakeLocalMedia, type FakeLocalMedia } from "./fake-local-media.ts";
import { createFakeNetwork, type FakeNetwork, type Line } from "./fake-network.ts";
import { createFakeInternet, type FakeInternet, type FakePeer } from "./fake-peer-links.ts";
import { createFakeProfile, type FakeProfile } from "./fake-profile.ts";
import { createRandom } from "./seeded-random.ts";
import { createSettlingTime, type SettlingTime } from "./settling-time.ts";

/** One open page: a call on fake ports, but on real keys, real MLS and the real rules of the room. */
export type Page = {
  readonly call: Call;
  readonly crypto: CallCrypto;
  readonly line: Line;
  readonly peer: FakePeer;
  readonly media: FakeLocalMedia;
  readonly notices: readonly CallNotice[];
  /** Which leaf's frames each link carries. */
  readonly bound: ReadonlyMap<string, LeafIndex>;
  readonly snapshot: () => CallSnapshot;
  readonly others: () => readonly Person[];
  readonly statement: () => Promise<EpochStatement>;
  readonly leave: () => void;
  /** The tab dies: sockets close, nothing is said. */
  readonly crash: () => void;
  /** The machine dies: nobody is told that anything closed. */
  readonly vanish: () => void;
  /** The tab is closed, as a browser does it. */
  readonly close: () => void;
  /** The crypto worker dies, and another one takes its place. */
  readonly loseCrypto: () => void;
};

export type CallWorld = {
  readonly time: SettlingTime;
  readonly network: FakeNetwork;
  readonly internet: FakeInternet;
  readonly random: () => number;
  readonly link: RoomLink;
  /** Of the device that made the room, and has its host key. */
  readonly host: FakeProfile;
  readonly open: (profile: FakeProfile, wishes?: PageWishes) => Promise<Page>;
  /** Opens a page for each name, waits until all can join, and has all join at the same instant. */
  readonly joined: <const Names extends readonly string[]>(
    ...names: Names
  ) => Promise<{ readonly [Index in keyof Names]: Page }>;
  readonly pages: () => readonly Page[];
  /** Closes what is open and checks that nothing goes on. */
  readonly end: () => Promise<void>;
};

export type PageWishes = {
  readonly clockWrongByMs?: number;
  readonly link?: RoomLink;
  readonly ports?: (line: Line) => Partial<CallPorts>;
  /** Changes what the page's crypto session answers. */
  readonly crypto?: (crypto: CallCrypto) => CallCrypto;
  /** Changes the MLS beneath it, as somebody can who wrote their own client. */
  readonly engine?: (engine: MlsEngine) => MlsEngine;
  /** Real frame keys, where frames matter. */
  readonly frames?: FrameKeyring;
};

const ORIGIN = "https://sotto.example";

export async function createCallWorld(seed = 1, mode: Mode = "open"): Promise<CallWorld> {
  const time = createSettlingTime();
  const network = createFakeNetwork(time);
  const internet = createFakeInternet(time.clock);
  const random = createRandom(seed);
  const engine = createMlsEngine();
  const pages = new Set<Page>();
  const faults: unknown[] = [];
  const noFrames: FrameKeyring = {
    install: () => undefined,
    bindLink: () => undefined,
    confirmEpoch: () => undefined,
    clear: () => undefined,
  };
  const { clock } = time;
  const host = createFakeProfile("Host");
  const made = await createCallCryptoSession({
    engine,
    vault: host.vault,
    clock,
    frames: noFrames,
  }).newRoom({ mode });
  if (!made.ok) throw new Error(made.error.code);
  const { roomId, secret, body } = made.value;
  const creating = network.line().edge.createRoom(body);
  await time.pass(100);
  const created = await creating;
  if (!created.ok) throw new Error(created.error.code);
  const link: RoomLink = { roomId, secret, label: undefined };

  async function open(profile: FakeProfile, wishes: PageWishes = {}): Promise<Page> {
    const line = network.line();
    const peer = internet.peer();
    const media = createFakeLocalMedia();
    const tab = profile.tab();
    const notices: CallNotice[] = [];
    const bound = new Map<string, LeafIndex>();
    const lost = new Set<() => void>();
    const wrongMs = wishes.clockWrongByMs ?? 0;
    const ownClock: Clock = { ...clock, nowMs: () => clock.nowMs() + wrongMs };
    const frames = wishes.frames ?? noFrames;
    const startSession = (): CallCrypto =>
      createCallCryptoSession({
        engine: wishes.engine?.(engine) ?? engine,
        vault: profile.vault,
        clock: ownClock,
        frames: {
          ...frames,
          bindLink: ({ linkId, peerLeaf }) => {
            if (peerLeaf === undefined) bound.delete(linkId);
            else bound.set(linkId, peerLeaf);
            frames.bindLink({ linkId, peerLeaf });
          },
          clear: () => {
            bound.clear();
            frames.clear();
          },
        },
      });
    let session = startSession();
    let opened: Parameters<CallCrypto["openRoom"]>[0] | undefined;
    const steady: CallCrypto = {
      ...forward(() => session),
      openRoom: (room) => {
        opened = room;
        return session.openRoom(room);
      },
      onLost: (listener) => lost.add(listener),
    };
    const reopen = async (): Promise<void> => {
      if (opened !== undefined) await session.openRoom(opened);
    };
    const crypto = time.trackAll(wishes.crypto?.(steady) ?? steady);
    let isDead = false;
    const call = await createCall(wishes.link ?? link, ORIGIN, {
      crypto,
      links: peer.links,
      media,
      edge: line.edge,
      openSocket: line.openSocket,
      clock: ownClock,
      memory: profile.memory,
      lock: tab.lock,
      random,
      onFault: (fault) => {
        if (!isDead) faults.push(fault);
      },
      ...wishes.ports?.(line),
    });
    call.onNotice((notice) => notices.push(notice));
    const die = (): void => {
      isDead = true;
      pages.delete(page);
      peer.vanish();
      tab.release();
      call.close();
    };
    const page: Page = {
      call,
      crypto,
      line,
      peer,
      media,
      notices,
      bound,
      snapshot: call.snapshot,
      others: () => call.snapshot().people.filter(({ isSelf }) => !isSelf),
      statement: crypto.statement,
      leave: call.leave,
      crash: () => {
        line.kill();
        die();
      },
      vanish: () => {
        line.freeze();
        die();
      },
      close: () => {
        call.close();
        die();
      },
      loseCrypto: () => {
        session = startSession();
        // Whoever starts the worker again opens the room it had open.
        void time.track(reopen().then(() => lost.forEach((listener) => listener())));
      },
    };
    pages.add(page);
    return page;
  }

  return {
    time,
    network,
    internet,
    random,
    link,
    host,
    open,
    joined: async (...names) => {
      const opened = await Promise.all(names.map((name) => open(createFakeProfile(name))));
      await time.until(() => opened.every(({ snapshot }) => snapshot().ready), 5_000);
      for (const { call } of opened) call.join();
      await time.until(() => opened.every(({ snapshot }) => snapshot().phase === "live"), 60_000);
      await time.pass(3_000);
      return opened as { readonly [Index in keyof typeof names]: Page };
    },
    pages: () => [...pages],
    end: async () => {
      for (const page of pages) page.close();
      // The crypto sessions let go of old message keys, and the room of empty calls, in their own time.
      await time.pass(1_000);
      if (faults.length > 0) throw faults[0];
    },
  };
}

/** The methods of whatever stands behind, by name. */
function forward(behind: () => CallCrypto): CallCrypto {
  const names = Object.keys(behind()) as (keyof CallCrypto)[];
  const entries = names.map((name) => [
    name,
    (...given: readonly unknown[]) =>
      (behind()[name] as (...given: readonly unknown[]) => unknown)(...given),
  ]);
  return Object.fromEntries(entries) as CallCrypto;
}
