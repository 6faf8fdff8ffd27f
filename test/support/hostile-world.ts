import type { LeafIndex, MemberId } from "../../protocol/ids.ts";
import type { RoomMessage } from "../../protocol/room-messages.ts";
import type { CallCrypto, Verdict } from "../../web/core/call-crypto.ts";
import type { LinkStream } from "../../web/core/peer-link.ts";
import type { MlsEngine, MlsGroup, MlsPending } from "../../web/core/mls-engine.ts";
import {
  createFrameKeyring,
  type FramePlace,
} from "../../web/crypto-worker/frames/create-frame-keyring.ts";
import type { FrameEpoch } from "../../web/crypto-worker/frames/frame-keyring.ts";
import type { CallWorld, Page, PageWishes } from "./call-world.ts";
import { createFakeProfile } from "./fake-profile.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const PICTURE = new TextEncoder().encode("a picture");

/** Somebody comes into the call by the next press of Join, on a page that may have been tampered with. */
export async function enter(world: CallWorld, name: string, wishes?: PageWishes): Promise<Page> {
  const page = await world.open(createFakeProfile(name), wishes);
  await world.time.until(() => page.snapshot().ready, 10_000);
  page.call.join();
  await world.time.until(() => page.snapshot().phase === "live", 30_000);
  await world.time.pass(1_000);
  return page;
}

/** A page that seals and opens frames by real keys, to and from others by name. */
export type FramedPage = {
  readonly page: Page;
  /** The epoch it is in, with the key that every member has. */
  readonly epoch: () => FrameEpoch;
  readonly linkTo: (name: string) => string;
  /** One sealed frame of the camera. */
  readonly seal: (name: string) => Promise<Bytes>;
  /** `opened`, or the code it is dropped for. */
  readonly open: (name: string, sealed: Bytes, stream?: LinkStream) => Promise<string>;
  /** The same by all the keys there are, whoever is there: leaf 0 is taken for the sender. */
  readonly openAsFirst: (sealed: Bytes) => Promise<string>;
};

export async function enterWithFrames(world: CallWorld, name: string): Promise<FramedPage> {
  const frames = createFrameKeyring(world.time.clock);
  let epoch: FrameEpoch | undefined;
  const install: typeof frames.install = (next, step) => {
    epoch = next;
    frames.install(next, step);
  };
  const page = await enter(world, name, { frames: { ...frames, install } });
  const linkTo = (other: string): string => {
    const key = page.others().find((person) => person.name === other)?.key;
    const linkId = [...page.bound.keys()].find((id) => key !== undefined && id.startsWith(key));
    if (linkId === undefined) throw new Error(`expected a link to ${other}`);
    return linkId;
  };
  const open = async (place: FramePlace, sealed: Bytes): Promise<string> => {
    const opening = frames.open(place, sealed.slice());
    // Frames of an epoch ahead wait for it a while, by the world's clock.
    await world.time.pass(400);
    const opened = await opening;
    return opened.ok ? "opened" : opened.error.code;
  };
  return {
    page,
    epoch: () => {
      if (epoch === undefined) throw new Error("expected to be in an epoch");
      return epoch;
    },
    linkTo,
    seal: async (other) => {
      const place = { linkId: linkTo(other), stream: "camera" } as const;
      const sealed = await frames.seal(place, PICTURE, undefined);
      if (!sealed.ok) throw new Error(sealed.error.code);
      return sealed.value;
    },
    open: (other, sealed, stream = "camera") => open({ linkId: linkTo(other), stream }, sealed),
    openAsFirst: (sealed) => {
      frames.bindLink({ linkId: "any", peerLeaf: 0 as LeafIndex });
      return open({ linkId: "any", stream: "camera" }, sealed);
    },
  };
}

export const selfOf = (page: Page): MemberId => {
  const self = page.snapshot().people.find(({ isSelf }) => isSelf);
  if (self === undefined) throw new Error("expected to be in the call");
  return self.key as MemberId;
};

/** Failures a page was told of. */
export const failures = ({ notices }: Page): readonly string[] =>
  notices.flatMap((notice) => (notice.type === "failure" ? [notice.code] : []));

export const names = (page: Page): readonly string[] =>
  page
    .others()
    .map(({ name }) => name ?? "?")
    .toSorted();

export const isSending = (page: Page): boolean =>
  page.peer.open().some(({ tracks }) => tracks.size > 0);

export const altered = (bytes: Bytes): Bytes =>
  bytes.map((byte, at) => (at === 40 ? byte ^ 1 : byte));

export const withCrypto = (change: (crypto: CallCrypto) => Partial<CallCrypto>): PageWishes => ({
  crypto: (crypto) => ({ ...crypto, ...change(crypto) }),
});

/** Notes the codes for which a page refuses entries of the log. */
export function notingRefusals(codes: string[]): PageWishes {
  const note = (verdict: Verdict): Verdict => {
    if (verdict.type === "refused") codes.push(verdict.code);
    return verdict;
  };
  return withCrypto((crypto) => ({ judge: async (entry) => note(await crypto.judge(entry)) }));
}

/** A client that commits something else where others would commit a goodbye; its first commit only. */
export function forgingGoodbyes(forge: (group: MlsGroup) => Promise<Bytes>): PageWishes {
  let isForged = false;
  return {
    engine: (engine): MlsEngine => ({
      ...engine,
      commitRemoveBye: async (group, byes) => {
        const made = await engine.commitRemoveBye(group, byes);
        if (isForged || !made.ok) return made;
        isForged = true;
        return { ok: true, value: { ...made.value, commit: await forge(group) } };
      },
    }),
  };
}

/** A client that joins by a commit of its own making, the first time. */
export function forgingJoins(
  forge: (options: Parameters<MlsEngine["joinByExternalCommit"]>[0]) => Promise<Bytes>,
): PageWishes {
  let isForged = false;
  return {
    engine: (engine): MlsEngine => ({
      ...engine,
      joinByExternalCommit: async (options) => {
        const made = await engine.joinByExternalCommit(options);
        if (isForged || !made.ok) return made;
        isForged = true;
        const value: MlsPending = { ...made.value, commit: await forge(options) };
        return { ok: true, value };
      },
    }),
  };
}

/** What the room sends, of one type, as it is sent. */
export function listen(
  world: CallWorld,
  type: RoomMessage["type"],
): readonly { readonly to: MemberId; readonly message: RoomMessage }[] {
  const heard: { readonly to: MemberId; readonly message: RoomMessage }[] = [];
  world.network.tamper(({ memberId: to }, message) => {
    if (message.type === type) heard.push({ to, message });
    return message;
  });
  return heard;
}
