import { decodeHeader } from "webcrypto-sframe";
import type { LeafIndex } from "../../../protocol/ids.ts";
import { STREAMS } from "../../../protocol/pair.ts";
import { fail, ok, type Result } from "../../../protocol/result.ts";
import type { Clock } from "../../core/clock.ts";
import { LINK_STREAMS, type LinkStream } from "../../core/peer-link.ts";
import type { EpochFrameKeys } from "./epoch-frame-keys.ts";
import { createEpochRing } from "./epoch-ring.ts";
import { createEpochWait } from "./epoch-wait.ts";
import type { FrameKeyring } from "./frame-keyring.ts";
import { decodeKid, encodeKid, epochsAhead, type KidParts } from "./kid.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Which frames of which connection. */
export type FramePlace = { readonly linkId: string; readonly stream: LinkStream };

/** Why a frame was dropped. The codes of RFC 9605's own are `webcrypto-sframe`'s. */
export type FrameFailure = {
  readonly code: "link-unbound" | "frame-kid-foreign" | "frame-epoch-unknown" | `sframe-${string}`;
};

/** Seals and opens the frames of bound links. There is no plaintext path: what has no key is refused. */
export type FrameCipher = {
  /** `prefix` is put in front as it is. The counter is taken before this returns, once the key of the epoch is derived. */
  readonly seal: (
    place: FramePlace,
    plaintext: Bytes,
    prefix: Uint8Array | undefined,
  ) => Promise<Result<Bytes, FrameFailure>>;
  /** A frame of an epoch that is ahead waits for it, at most `EPOCH_TIMES.unknownEpochWaitMs`. */
  readonly open: (place: FramePlace, sealed: Bytes) => Promise<Result<Bytes, FrameFailure>>;
};

/** The frame keys of one session: of its epochs, by the links bound to its peers. SPEC KID-1 to KID-3, EPOCH-1. */
export function createFrameKeyring(clock: Clock): FrameKeyring & FrameCipher {
  const ring = createEpochRing(clock);
  const epochWait = createEpochWait(clock);
  const bound = new Map<string, LeafIndex>();

  const kidTo = (keys: EpochFrameKeys, stream: LinkStream, toLeaf: LeafIndex): number => {
    const { ownLeaf, epoch } = keys.epoch;
    return encodeKid({ stream, toLeaf, leaf: ownLeaf, epoch });
  };

  /** Keys are derived before the first frame asks, so that it need not wait. */
  const prepare = (): void => {
    for (const leaf of bound.values()) {
      const keys = ring.sendingTo(leaf);
      if (keys === undefined) continue;
      for (const stream of LINK_STREAMS) void keys.sender(kidTo(keys, stream, leaf));
    }
  };

  /** The epoch's keys, once it is here; nothing when it does not come in time or is past. */
  const keysFor = async (
    linkId: string,
    epochByte: number,
  ): Promise<EpochFrameKeys | undefined> => {
    for (;;) {
      const found = ring.byEpochByte(epochByte);
      if (found !== undefined) return found;
      const newest = ring.newest();
      if (newest !== undefined && epochsAhead(epochByte, newest.epoch.epoch) === 0)
        return undefined;
      if (!(await epochWait.wait(`${linkId}/${epochByte}`))) return undefined;
    }
  };

  return {
    install: (epoch, step) => {
      ring.install(epoch, step);
      prepare();
      epochWait.arrived();
    },
    bindLink: ({ linkId, peerLeaf }) => {
      if (peerLeaf === undefined) bound.delete(linkId);
      else bound.set(linkId, peerLeaf);
      prepare();
    },
    confirmEpoch: ({ peerLeaf, epoch }) => {
      ring.confirm(peerLeaf, epoch);
      prepare();
    },
    clear: () => {
      bound.clear();
      ring.clear();
      epochWait.arrived();
    },

    seal: async ({ linkId, stream }, plaintext, prefix) => {
      // Nothing waits here where the key is ready: the counter follows the order of the frames.
      const leaf = bound.get(linkId);
      const keys = leaf === undefined ? undefined : ring.sendingTo(leaf);
      if (leaf === undefined || keys === undefined) return fail("link-unbound");
      const sender = keys.sender(kidTo(keys, stream, leaf));
      const options = prefix === undefined ? {} : { prefix };
      const ready = sender instanceof Promise ? await sender : sender;
      const sealed = await ready.encrypt(plaintext, options);
      return sealed.ok ? ok(sealed.value) : fail(sealed.error.code);
    },

    open: async ({ linkId, stream }, sealed) => {
      const leaf = bound.get(linkId);
      if (leaf === undefined) return fail("link-unbound");
      const header = decodeHeader(sealed);
      if (!header.ok) return fail(header.error.code);
      const kid = decodeKid(header.value.kid);
      if (kid === undefined || kid.leaf !== leaf || kid.stream !== STREAMS[stream])
        return fail("frame-kid-foreign");
      const keys = await keysFor(linkId, kid.epochByte);
      if (keys === undefined) return fail("frame-epoch-unknown");
      if (!isForUs(kid, keys) || !keys.epoch.leaves.has(leaf)) return fail("frame-kid-foreign");
      const receiver = await keys.receiver(leaf, Number(header.value.kid));
      const opened = await receiver.decrypt(sealed);
      if (!opened.ok) return fail(opened.error.code);
      // Unbound meanwhile: whoever did that wants nothing more of this link.
      return bound.get(linkId) === leaf ? ok(opened.value.plaintext) : fail("link-unbound");
    },
  };
}

/** SPEC KID-3: sealed for all, or for us. */
const isForUs = (kid: KidParts, keys: EpochFrameKeys): boolean =>
  kid.copy === 0 || kid.copy === keys.epoch.ownLeaf + 1;
