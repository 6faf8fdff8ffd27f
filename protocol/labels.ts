import { type CborValue, encodeCbor } from "./cbor.ts";

/** What a signature, MAC or associated data is for. SPEC.md tables each with its fields and holder; none serves two uses. */
export const LABELS = {
  create: "sotto create v1",
  policy: "sotto policy v1",
  doorPolicy: "sotto door policy v1",
  delegation: "sotto delegation v1",
  ticket: "sotto ticket v1",
  leaf: "sotto leaf v1",
  token: "sotto token v1",
  socket: "sotto socket v1",
  bye: "sotto bye v1",
  end: "sotto end v1",
  envelope: "sotto envelope v1",
  signal: "sotto signal v1",
  signalSeal: "sotto signal seal v1",
  pair: "sotto pair v1",
  codeCommit: "sotto code commit v1",
  code: "sotto code v1",
  knock: "sotto knock v1",
  hostProof: "sotto host v1",
  admission: "sotto admission v1",
  ticketedInfo: "sotto ticketed group info v1",
  rotation: "sotto rotation v1",
} as const;

/** Labels of MLS-Exporter (RFC 9420 §8.5), context "" for each. */
export const EXPORTERS = {
  sframe: { label: "SFrame 1.0 Base Key", lengthBytes: 16 },
  signal: { label: "sotto signal v1", lengthBytes: 32 },
  pair: { label: "sotto pair v1", lengthBytes: 32 },
  fork: { label: "sotto fork v1", lengthBytes: 32 },
  code: { label: "sotto code v1", lengthBytes: 32 },
  rotation: { label: "sotto rotation v1", lengthBytes: 32 },
} as const;

export type Label = (typeof LABELS)[keyof typeof LABELS];

/** The bytes that are signed, MACed or bound: CBOR of `[label, roomId, …fields]`. SPEC SIGN-1. */
export const boundBytes = (
  label: Label,
  roomId: string,
  ...fields: readonly CborValue[]
): Uint8Array<ArrayBuffer> => encodeCbor([label, roomId, ...fields]);
