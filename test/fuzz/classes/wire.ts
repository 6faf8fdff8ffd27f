import { equalBytes } from "../../../protocol/bytes.ts";
import { castCodec } from "../../../protocol/cast.ts";
import { type ClientMessage, clientMessageCodec } from "../../../protocol/client-messages.ts";
import { envelopeCodec, NO_GROUP_ID } from "../../../protocol/envelope.ts";
import type { Epoch, GroupId, LeafIndex, MemberId, Seq } from "../../../protocol/ids.ts";
import {
  decodeLeafCredential,
  encodeLeafCredential,
  LEAF_CREDENTIAL_BYTES,
} from "../../../protocol/leaf-credential.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { pairMessageCodec } from "../../../protocol/pair.ts";
import type { Result } from "../../../protocol/result.ts";
import { type RoomMessage, roomMessageCodec } from "../../../protocol/room-messages.ts";
import { sealedSignalCodec, signalBodyCodec, signedSignalCodec } from "../../../protocol/signal.ts";
import { decodeByeRecord, encodeByeRecord } from "../../../web/crypto-worker/session/bye-record.ts";
import {
  byeData,
  type CommitReason,
  doorData,
  goneData,
  readCommitReason,
} from "../../../web/crypto-worker/mls/filter/authenticated-data.ts";
import { decodeLedger, encodeLedger } from "../../../web/crypto-worker/mls/filter/gone-ledger.ts";
import { ACCEPTED, fuzzClass, must } from "../fuzz-class.ts";
import { heavyCbor, mutateCbor, writeLooseCbor } from "../loose-cbor.ts";
import { mutateBytes } from "../mutate.ts";
import { type Reader, reader } from "../record-reader.ts";
import { readStrictCbor } from "../strict-cbor.ts";
import {
  admissionClientMessages,
  admissionReaders,
  admissionRoomMessages,
} from "./admission-records.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const ID = "AAECAwQFBgcICQoLDA0ODw";
const groupId = ID as GroupId;
const memberId = ID as MemberId;
const epoch = 300 as Epoch;
const seq = 4 as Seq;
const leaf = 5 as LeafIndex;
const of = (length: number): Bytes => new Uint8Array(length).fill(7);
const entry = { seq, epoch, from: memberId, commit: of(300) };

const clientMessages: readonly ClientMessage[] = [
  { type: "prove", roomDeviceKey: of(32), signature: of(64) },
  { type: "group-create", groupId, epoch, groupInfo: of(24) },
  {
    type: "commit",
    groupId,
    epoch,
    after: seq,
    kind: "member",
    commit: of(300),
    groupInfo: of(9),
    commitHash: of(32),
  },
  { type: "applied", groupId, seq },
  { type: "refused", groupId, seq },
  { type: "publish", groupId, seq, epoch, groupInfo: of(9) },
  { type: "signal", to: memberId, signal: of(256), commitHash: of(32) },
  { type: "cast", groupId, cast: of(23) },
  { type: "bye", groupId, bye: of(1024) },
  { type: "is-gone", memberId },
  { type: "resume", groupId, after: seq },
  ...admissionClientMessages,
];
const roomMessages: readonly RoomMessage[] = [
  { type: "challenge", nonce: of(32), timeSec: 1_800_000_000 },
  {
    type: "lobby",
    inCall: 2,
    hostPresent: true,
    mode: "knock",
    locked: false,
    policy: of(9),
    groupId,
    epoch,
    seq,
    groupInfo: of(9),
  },
  { type: "group-created", groupId },
  { type: "commit-taken", seq, epoch },
  { type: "commit-lost", entries: [entry, entry] },
  { type: "turn", leaseMs: 2000, epoch, seq, groupInfo: of(9) },
  { type: "entry", ...entry },
  { type: "entries", groupId, entries: [entry] },
  { type: "signal", from: memberId, signal: of(9) },
  { type: "cast", from: memberId, cast: of(9) },
  { type: "bye", from: memberId, bye: of(9) },
  { type: "gone", memberId, gone: true },
  { type: "failure", code: "flood", about: "cast", retryAfterMs: 5 },
  ...admissionRoomMessages,
];
/** What answers `undefined` for what it can't read, as a `Result`. */
const orMalformed = <Value>(value: Value | undefined): Result<Value, { readonly code: string }> =>
  value === undefined ? { ok: false, error: { code: "undefined" } } : { ok: true, value };

function writeReason(reason: CommitReason): Bytes {
  switch (reason.type) {
    case "bye":
      return byeData(reason.byes);
    case "gone":
      return goneData();
    case "door":
      return doorData(reason.doorPolicyHash);
    case "none":
      return of(0);
  }
}

const readers: readonly Reader[] = [
  reader("client message", clientMessageCodec, clientMessages),
  reader("room message", roomMessageCodec, roomMessages, LIMITS.commitsKept * LIMITS.commitBytes),
  reader("cast", castCodec, [
    { sequence: 1, type: "state", name: "Ada", microphone: true, camera: false },
    { sequence: 2, type: "state", name: "نازنین 👩🏽‍🚀" },
  ]),
  reader("pair message", pairMessageCodec, [
    { type: "hello", mac: of(32), epoch },
    { type: "epoch", epoch, transcript: of(32), fork: of(32) },
    { type: "alive" },
    { type: "view", stream: "camera", width: 320, height: 180 },
    { type: "missing", from: 1, to: 9 },
    { type: "cast", cast: of(30) },
  ]),
  reader("sealed signal", sealedSignalCodec, [
    { groupId, epoch, fromLeaf: leaf, toLeaf: leaf, sequence: 70_000, sealed: of(60) },
  ]),
  reader("signed signal", signedSignalCodec, [{ body: of(40), signature: of(64) }]),
  reader("signal body", signalBodyCodec, [
    { type: "description", connection: 1, descriptionType: "offer", sdp: "v=0\r\n" },
    { type: "candidates", connection: 1, candidates: ["candidate:1 1 udp\n0", "\n1"] },
    { type: "pair", pair: of(9) },
  ]),
  reader("envelope", envelopeCodec, [
    { generation: 0, kind: "policy", groupId: NO_GROUP_ID, epoch, sealed: of(40) },
    { generation: 1, kind: "commit", groupId, epoch, sealed: of(400) },
  ]),
  reader(
    "bye",
    {
      encode: (bye) => encodeByeRecord(groupId, bye),
      decode: (bytes) => orMalformed(decodeByeRecord(groupId, bytes)),
    },
    [{ epoch, leaf, signature: of(64) }],
  ),
  reader<CommitReason>(
    "commit reason",
    {
      encode: writeReason,
      decode: (bytes) => readCommitReason(new Uint8Array(bytes)),
    },
    [
      { type: "gone" },
      { type: "bye", byes: [{ epoch, leaf, signature: of(64) }] },
      { type: "door", doorPolicyHash: of(32) },
    ],
  ),
  ...admissionReaders,
  reader(
    "gone ledger",
    { encode: encodeLedger, decode: (bytes) => decodeLedger(new Uint8Array(bytes), epoch) },
    [
      [],
      [
        { epoch: 299 as Epoch, remover: of(32), count: 1 },
        { epoch, remover: of(32), count: 2 },
      ],
    ],
  ),
  reader("leaf credential", { encode: encodeLeafCredential, decode: decodeLeafCredential }, [
    {
      roomDeviceKey: of(32),
      dtlsFingerprint: of(32),
      ticketKey: of(32),
      deviceSignature: of(64),
    },
  ]),
];

/** What a reader that shares no code with ours would take. */
function isStrict({ name, mostBytes }: Reader, bytes: Bytes): boolean {
  if (name === "leaf credential") return bytes.length === LEAF_CREDENTIAL_BYTES && bytes[0] === 1;
  if (name === "commit reason" && bytes.length === 0) return true;
  return bytes.length <= mostBytes && readStrictCbor(bytes) !== undefined;
}

/** Every binary record of the wire. */
export const wire = fuzzClass({
  name: "wire",
  rules: "CBOR-2, WIRE-1",
  about: `Records of the wire (${readers.map(({ name }) => name).join(", ")}): values changed and written again, forms that CBOR-2 forbids, changed bytes, heavy items up to the limit`,
  casesInMillion: 350_000,
  prepare: async () => {
    const all = readers.flatMap(({ samples }) => samples);
    return {
      make: (random) => {
        const index = random.below(readers.length);
        const { samples, mostBytes } = readers[index] ?? random.pick(readers);
        const sample = random.pick(samples);
        const tree = readStrictCbor(sample);
        const how = random.below(100);
        if (how === 0 && random.chance(0.1))
          return { index, bytes: heavyCbor(random, random.pick([4_096, 65_536, mostBytes])) };
        if (how < 5) return { index, bytes: random.bytes(random.below(80)) };
        if (how < 40 || tree === undefined)
          return { index, bytes: mutateBytes(random, sample, all) };
        const changed = mutateCbor(random, tree, random.pick([0, 0.05, 0.2]));
        return { index, bytes: writeLooseCbor(random, changed, how < 70 ? 0.02 : 0) };
      },
      check: ({ index, bytes }) => {
        const chosen = readers[index];
        if (chosen === undefined) throw new TypeError("no such reader");
        const read = chosen.read(bytes);
        if (!read.ok) return read.error.code;
        must(equalBytes(read.value, bytes), `${chosen.name}: written again it is other bytes`);
        must(isStrict(chosen, bytes), `${chosen.name}: a stricter reader refuses it`);
        return ACCEPTED;
      },
    };
  },
});
