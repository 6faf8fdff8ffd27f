import { equalBytes } from "../../../protocol/bytes.ts";
import {
  type EnvelopeHeader,
  type EnvelopeKind,
  envelopeCodec,
  openEnvelope,
  NO_GROUP_ID,
  sealEnvelope,
} from "../../../protocol/envelope.ts";
import type { Epoch } from "../../../protocol/ids.ts";
import { verifyDoorPolicy, verifyGroupPolicy } from "../../../protocol/policy.ts";
import { makeRoom } from "../../support/room-client-keys.ts";
import { ACCEPTED, fuzzClass, must } from "../fuzz-class.ts";
import { mutateCbor, writeLooseCbor } from "../loose-cbor.ts";
import { flipBytes, mutateBytes } from "../mutate.ts";
import { readStrictCbor } from "../strict-cbor.ts";

const KINDS: readonly EnvelopeKind[] = ["policy", "group-info", "commit", "cast", "bye"];

/** Envelopes and signed policies: opened by who has the link, whoever made them. */
export const envelope = fuzzClass({
  name: "envelope",
  rules: "ENV-1, POLICY-4",
  about:
    "Sealed envelopes opened as each kind, and signed policies verified: header, nonce, ciphertext and signature changed",
  casesInMillion: 60_000,
  prepare: async () => {
    const { roomId, envelopeKey, signedGroupPolicy, doorPolicy } = await makeRoom();
    const sealed = await Promise.all(
      KINDS.flatMap((kind) =>
        [0, 1, 700].map((size) => {
          const header: EnvelopeHeader = {
            generation: 0,
            kind,
            groupId: NO_GROUP_ID,
            epoch: size as Epoch,
          };
          return sealEnvelope(envelopeKey, roomId, header, new Uint8Array(size).fill(3));
        }),
      ),
    );
    const seeds = [...sealed, ...sealed, signedGroupPolicy, doorPolicy];
    const isSeed = (bytes: Uint8Array) => seeds.some((seed) => equalBytes(seed, bytes));
    return {
      make: (random) => {
        const kind = random.pick(KINDS);
        const seed = random.pick(seeds);
        const as = sealed.includes(seed) ? "envelope" : seed === doorPolicy ? "door" : "group";
        const tree = readStrictCbor(seed);
        if (tree === undefined || random.chance(0.05)) return { as, kind, bytes: seed };
        if (random.chance(0.3)) return { as, kind, bytes: flipBytes(random, seed) };
        if (random.chance(0.5)) return { as, kind, bytes: mutateBytes(random, seed, seeds) };
        const changed = mutateCbor(random, tree, random.pick([0, 0.1]));
        return { as, kind, bytes: writeLooseCbor(random, changed, random.pick([0, 0.02])) };
      },
      check: async ({ as, kind, bytes }) => {
        const read =
          as === "envelope"
            ? await openEnvelope(envelopeKey, roomId, kind, bytes)
            : as === "group"
              ? await verifyGroupPolicy(roomId, bytes)
              : await verifyDoorPolicy(roomId, bytes);
        if (!read.ok) return read.error.code;
        must(isSeed(bytes), "accepted what nobody sealed or signed");
        const header = as === "envelope" ? envelopeCodec.decode(bytes) : undefined;
        must(
          header?.ok !== false && (header === undefined || header.value.kind === kind),
          "another kind",
        );
        return ACCEPTED;
      },
    };
  },
});
