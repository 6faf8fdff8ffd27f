import { importEnvelopeKey } from "../../../protocol/envelope.ts";
import type { Epoch, GroupId } from "../../../protocol/ids.ts";
import { deriveLinkKeys } from "../../../protocol/link.ts";

/** What follows from one link's secret. */
export type Link = {
  readonly access: Uint8Array<ArrayBuffer>;
  readonly accessHash: Uint8Array<ArrayBuffer>;
  /** AES-256-GCM. */
  readonly envelopeKey: CryptoKey;
};

export async function openLink(secret: Uint8Array<ArrayBuffer>): Promise<Link> {
  const { access, accessHash, envelope } = await deriveLinkKeys(secret);
  return { access, accessHash, envelopeKey: await importEnvelopeKey(envelope) };
}

type Place = { readonly groupId: GroupId; readonly epoch: Epoch };
type Numbered = { readonly generation: number; readonly envelopeKey: CryptoKey };

/** The link in force, and those it replaced as long as something under them may still come. SPEC ROTATE-5. */
export type LinkRing = {
  readonly current: () => Link;
  /** `undefined` until a sealed policy has said it: SPEC ENV-4. */
  readonly generation: () => number | undefined;
  /** Takes the generation from a policy that opened under the current link; false where another is known. */
  readonly learn: (generation: number) => boolean;
  /** What an envelope of this generation, about this place, is sealed under. */
  readonly find: (generation: number, place: Place) => CryptoKey | undefined;
  /** What to seal under. */
  readonly inForce: () => Numbered;
  /** A new link took the place of the current one after `last`. */
  readonly replace: (link: Link, last: Place) => void;
};

/** As many epochs' messages are kept; a link is replaced at most once in each. */
const OLDER_KEPT = 4;

export function createLinkRing(first: Link): LinkRing {
  let link = first;
  let generation: number | undefined;
  let older: readonly (Numbered & { readonly last: Place })[] = [];
  const inForce = (): Numbered => {
    if (generation === undefined) throw new Error("crypto session: no policy was opened");
    return { generation, envelopeKey: link.envelopeKey };
  };
  return {
    current: () => link,
    generation: () => generation,
    learn: (said) => {
      generation ??= said;
      return generation === said;
    },
    find: (wanted, { groupId, epoch }) => {
      if (wanted === generation) return link.envelopeKey;
      return older.find(
        (old) =>
          old.generation === wanted && old.last.groupId === groupId && epoch <= old.last.epoch,
      )?.envelopeKey;
    },
    inForce,
    replace: (next, last) => {
      const replaced = inForce();
      older = [{ ...replaced, last }, ...older].slice(0, OLDER_KEPT);
      generation = replaced.generation + 1;
      link = next;
    },
  };
}
