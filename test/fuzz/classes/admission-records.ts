import type { ClientMessage } from "../../../protocol/client-messages.ts";
import { delegationCodec } from "../../../protocol/delegation.ts";
import { doorChangeCodec } from "../../../protocol/door-change.ts";
import { endCodec } from "../../../protocol/end.ts";
import { hostProofCodec } from "../../../protocol/host-proof.ts";
import type { Epoch, GroupId, MemberId, RoomId, Seq } from "../../../protocol/ids.ts";
import { knockCodec } from "../../../protocol/knock.ts";
import { doorPolicyCodec, groupPolicyCodec, signedPolicyCodec } from "../../../protocol/policy.ts";
import type { RoomMessage } from "../../../protocol/room-messages.ts";
import { ticketCodec } from "../../../protocol/ticket.ts";
import {
  readTicketData,
  ticketData,
} from "../../../web/crypto-worker/mls/filter/authenticated-data.ts";
import { type Reader, reader } from "../record-reader.ts";

const ID = "AAECAwQFBgcICQoLDA0ODw";
const groupId = ID as GroupId;
const memberId = ID as MemberId;
const roomId = ID as RoomId;
const epoch = 300 as Epoch;
const seq = 4 as Seq;
const of = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(7);

export const admissionClientMessages: readonly ClientMessage[] = [
  { type: "group-create", groupId, epoch, replaces: groupId },
  {
    type: "commit",
    groupId,
    epoch,
    after: seq,
    kind: "member",
    commit: of(300),
    commitHash: of(32),
    doorChange: of(300),
  },
  { type: "knock", sealed: of(500) },
  { type: "knock-withdrawn" },
  { type: "admit", to: memberId, sealed: of(300) },
  { type: "refuse", to: memberId, block: true },
  { type: "ticket", groupId, sealed: of(300) },
  { type: "group-info", to: memberId, groupId, epoch, sealed: of(900) },
  { type: "end", end: of(200) },
];

const entry = { seq, epoch, from: memberId, commit: of(300), doorChange: of(300) };
export const admissionRoomMessages: readonly RoomMessage[] = [
  { type: "entry", ...entry },
  { type: "entries", groupId, entries: [entry] },
  { type: "knock", from: memberId, sealed: of(500) },
  { type: "knock-gone", from: memberId },
  { type: "admitted", sealed: of(300) },
  { type: "knock-refused", blocked: true },
  { type: "ticket", from: memberId, sealed: of(300) },
  { type: "group-info", groupId, epoch, seq, sealed: of(900) },
  { type: "ended", end: of(200) },
];

const delegation = {
  delegateKey: of(32),
  role: "co-host",
  serial: 1,
  expiresAtSec: 2_000_000_000,
  hostKey: of(32),
  signature: of(64),
} as const;
const byHost = { signer: of(32), signature: of(64) };
const byDelegate = { ...byHost, delegation };
const rules = { roomId, serial: 3, mode: "open", locked: true, capacity: 16 } as const;
const naming = { groupId, identityKey: of(32), ticketKey: of(32) };

/** What says who may get in, and who may say so. */
export const admissionReaders: readonly Reader[] = [
  reader("group policy", groupPolicyCodec, [
    {
      ...rules,
      bans: [{ identityKey: of(32), memberId }],
      roles: [{ identityKey: of(32), role: "host", delegationSerial: 0 }],
    },
    {
      ...rules,
      bans: [],
      roles: [
        { role: "co-host", delegationSerial: 2 },
        { identityKey: of(32), memberId, role: "co-host", delegationSerial: 1, delegation },
      ],
      linkGeneration: 2,
    },
  ]),
  reader("door policy", doorPolicyCodec, [
    { ...rules, bannedMemberIds: [memberId], roles: [{ memberId, role: "host" }] },
    {
      ...rules,
      bannedMemberIds: [],
      roles: [{ role: "co-host", delegationSerial: 2 }],
      link: { generation: 1, accessHash: of(32) },
    },
  ]),
  reader("signed policy", signedPolicyCodec, [
    { body: of(90), ...byHost },
    { body: of(90), ...byDelegate },
  ]),
  reader("delegation", delegationCodec, [delegation]),
  reader("ticket", ticketCodec, [
    { ...naming, ...byHost },
    { ...naming, ...byDelegate },
  ]),
  reader(
    "ticket data",
    { encode: ticketData, decode: (bytes) => readTicketData(new Uint8Array(bytes)) },
    [{ ...naming, ...byDelegate }],
  ),
  reader("knock", knockCodec, [
    {
      roomDeviceKey: of(32),
      identityKey: of(32),
      ticketKey: of(32),
      name: "Ada",
      deviceSignature: of(64),
      identitySignature: of(64),
    },
  ]),
  reader("end", endCodec, [
    { groupId, ...byHost },
    { groupId, ...byDelegate },
  ]),
  reader("host proof", hostProofCodec, [byHost, byDelegate]),
  reader("door change", doorChangeCodec, [
    { doorPolicy: of(200), sealedPolicy: of(200) },
    { doorPolicy: of(200), sealedPolicy: of(200), sealedSecret: of(44) },
  ]),
];
