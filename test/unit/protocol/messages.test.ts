import { describe, expect, it } from "vitest";
import { encodeCbor } from "../../../protocol/cbor.ts";
import { type ClientMessage, clientMessageCodec } from "../../../protocol/client-messages.ts";
import type { Epoch, GroupId, MemberId, Seq } from "../../../protocol/ids.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { type RoomMessage, roomMessageCodec } from "../../../protocol/room-messages.ts";

const id = "AAAAAAAAAAAAAAAAAAAAAA";
const groupId = id as GroupId;
const memberId = id as MemberId;
const epoch = 3 as Epoch;
const seq = 4 as Seq;
const bytes = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(1);

const clientMessages: readonly ClientMessage[] = [
  { type: "prove", roomDeviceKey: bytes(32), signature: bytes(64) },
  { type: "group-create", groupId, epoch, groupInfo: bytes(9) },
  {
    type: "commit",
    groupId,
    epoch,
    after: seq,
    kind: "join",
    commit: bytes(9),
    groupInfo: bytes(9),
    commitHash: bytes(32),
  },
  { type: "group-create", groupId, epoch, replaces: groupId },
  {
    type: "commit",
    groupId,
    epoch,
    after: seq,
    kind: "member",
    commit: bytes(9),
    commitHash: bytes(32),
    doorChange: bytes(9),
  },
  { type: "knock", sealed: bytes(9) },
  { type: "knock-withdrawn" },
  { type: "admit", to: memberId, sealed: bytes(9) },
  { type: "refuse", to: memberId, block: true },
  { type: "ticket", groupId, sealed: bytes(9) },
  { type: "group-info", to: memberId, groupId, epoch, sealed: bytes(9) },
  { type: "end", end: bytes(9) },
  { type: "applied", groupId, seq },
  { type: "refused", groupId, seq },
  { type: "publish", groupId, seq, epoch, groupInfo: bytes(9) },
  { type: "signal", to: memberId, signal: bytes(9) },
  { type: "signal", to: memberId, signal: bytes(9), commitHash: bytes(32) },
  { type: "cast", groupId, cast: bytes(9) },
  { type: "bye", groupId, bye: bytes(9) },
  { type: "is-gone", memberId },
  { type: "resume", groupId, after: seq },
];
const entry = { seq, epoch, from: memberId, commit: bytes(9) };
const roomMessages: readonly RoomMessage[] = [
  { type: "challenge", nonce: bytes(32), timeSec: 1 },
  { type: "lobby", inCall: 0, hostPresent: false, mode: "open", locked: false, policy: bytes(9) },
  {
    type: "lobby",
    inCall: 2,
    hostPresent: true,
    mode: "knock",
    locked: true,
    policy: bytes(9),
    groupId,
    epoch,
    seq,
    groupInfo: bytes(9),
  },
  { type: "group-created", groupId },
  { type: "commit-taken", seq, epoch },
  { type: "commit-lost", entries: [entry] },
  { type: "turn", leaseMs: 2000, epoch, seq },
  { type: "entry", ...entry },
  { type: "entry", ...entry, doorChange: bytes(9) },
  { type: "entries", groupId, entries: [] },
  { type: "entries", groupId, entries: [{ ...entry, doorChange: bytes(9) }] },
  { type: "knock", from: memberId, sealed: bytes(9) },
  { type: "knock-gone", from: memberId },
  { type: "admitted", sealed: bytes(9) },
  { type: "knock-refused", blocked: false },
  { type: "ticket", from: memberId, sealed: bytes(9) },
  { type: "group-info", groupId, epoch, seq, sealed: bytes(9) },
  { type: "ended", end: bytes(9) },
  { type: "signal", from: memberId, signal: bytes(9) },
  { type: "cast", from: memberId, cast: bytes(9) },
  { type: "bye", from: memberId, bye: bytes(9) },
  { type: "gone", memberId, gone: true },
  { type: "failure", code: "flood", about: "cast", retryAfterMs: 5 },
];

describe("messages on the socket", () => {
  it.each(clientMessages)("[WIRE-1] a client's $type survives the wire", (message) => {
    expect(clientMessageCodec.decode(clientMessageCodec.encode(message))).toEqual({
      ok: true,
      value: message,
    });
  });

  it.each(roomMessages)("[WIRE-1] the room's $type survives the wire", (message) => {
    expect(roomMessageCodec.decode(roomMessageCodec.encode(message))).toEqual({
      ok: true,
      value: message,
    });
  });

  it("[WIRE-1] puts version, type and fields under their integer keys", () => {
    const wire = encodeCbor(
      new Map<number, number | string>([
        [0, 1],
        [1, "is-gone"],
        [2, id],
      ]),
    );
    expect(clientMessageCodec.encode({ type: "is-gone", memberId })).toEqual(wire);
  });

  it.each(clientMessages)(
    "[WIRE-3] a $type cut anywhere, or with a byte behind it, is malformed",
    (message) => {
      const wire = clientMessageCodec.encode(message);
      for (let length = 0; length < wire.length; length += 1) {
        expect(clientMessageCodec.decode(wire.subarray(0, length)).ok).toBe(false);
      }
      expect(clientMessageCodec.decode(new Uint8Array([...wire, 0])).ok).toBe(false);
    },
  );

  const refused = (map: ReadonlyMap<number, number | string>): string => {
    const read = clientMessageCodec.decode(encodeCbor(map));
    return read.ok ? "ok" : read.error.code;
  };

  it("[WIRE-2] another version is named", () => {
    expect(
      refused(
        new Map<number, number | string>([
          [0, 2],
          [1, "is-gone"],
          [2, id],
        ]),
      ),
    ).toBe("version-unknown");
  });

  it("[WIRE-3] an unknown type, an unknown field, a missing field and a wrong kind of value are refused", () => {
    expect(
      refused(
        new Map<number, number | string>([
          [0, 1],
          [1, "dance"],
        ]),
      ),
    ).toBe("message-unknown");
    expect(
      refused(
        new Map<number, number | string>([
          [0, 1],
          [1, "is-gone"],
          [2, id],
          [3, 1],
        ]),
      ),
    ).toBe("message-malformed");
    expect(
      refused(
        new Map<number, number | string>([
          [0, 1],
          [1, "is-gone"],
        ]),
      ),
    ).toBe("message-malformed");
    expect(
      refused(
        new Map<number, number | string>([
          [0, 1],
          [1, "is-gone"],
          [2, 7],
        ]),
      ),
    ).toBe("message-malformed");
  });

  it("[WIRE-3] a message over 64 KiB is refused unread", () => {
    const read = clientMessageCodec.decode(new Uint8Array(LIMITS.messageBytes + 1));
    expect(read).toEqual({ ok: false, error: { code: "message-too-large" } });
  });

  it("[WIRE-5] an id with unused bits set is refused", () => {
    expect(
      refused(
        new Map<number, number | string>([
          [0, 1],
          [1, "is-gone"],
          [2, "AAAAAAAAAAAAAAAAAAAAAB"],
        ]),
      ),
    ).toBe("message-malformed");
  });

  it.each<ClientMessage>([
    { type: "knock", sealed: bytes(LIMITS.knockBytes + 1) },
    { type: "admit", to: memberId, sealed: bytes(LIMITS.ticketBytes + 1) },
    { type: "ticket", groupId, sealed: bytes(LIMITS.ticketBytes + 1) },
    { type: "end", end: bytes(1025) },
  ])("[WIRE-3] a $type with too much in it is not sent", (message) => {
    expect(() => clientMessageCodec.encode(message)).toThrow("expected 1 to");
  });

  it("what the other side could not read is not sent", () => {
    expect(() =>
      clientMessageCodec.encode({ type: "cast", groupId, cast: bytes(LIMITS.castBytes + 1) }),
    ).toThrow("expected 1 to");
  });
});
