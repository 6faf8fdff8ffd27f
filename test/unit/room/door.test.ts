import { describe, expect, it } from "vitest";
import { readRoomLimits } from "../../../durable-objects/room-limits.ts";
import { decodeAttachment, encodeAttachment } from "../../../durable-objects/room/attachment.ts";
import { isSameRoom, judgeAccess } from "../../../durable-objects/room/door.ts";
import { readFrame } from "../../../durable-objects/room/read-frame.ts";
import type { RoomSocket, SocketId } from "../../../durable-objects/room/state.ts";
import { clientMessageCodec } from "../../../protocol/client-messages.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { cast } from "../../support/room-messages.ts";
import { bytesOf, memberNo, roomRecord } from "../../support/room-simulation.ts";

const record = {
  ...roomRecord({
    bannedMemberIds: [memberNo(3)],
    roles: [{ memberId: memberNo(1), role: "co-host" }],
  }),
  createdAtMs: 0,
  lastUsedAtMs: 0,
};
const asks = (accessFill: number, member: number) => ({
  accessHash: bytesOf(32, accessFill),
  memberId: memberNo(member),
});

describe("access to a room", () => {
  it("[HTTP-2] is by the access hash; the role is what the door policy says, or member", () => {
    expect(judgeAccess(record, asks(2, 1))).toEqual({ ok: true, value: { role: "co-host" } });
    expect(judgeAccess(record, asks(2, 2))).toEqual({ ok: true, value: { role: "member" } });
  });

  it.each([
    ["room-unknown", undefined, asks(2, 1)],
    ["access-wrong", record, asks(9, 1)],
    ["link-replaced", { ...record, retiredAccessHashes: [bytesOf(32, 9)] }, asks(9, 1)],
    ["banned", record, asks(2, 3)],
  ])("[HTTP-2] is refused as %s", (code, room, request) => {
    expect(judgeAccess(room, request)).toEqual({ ok: false, error: { code } });
  });

  it.each(["hostPublicKey", "accessHash", "doorPolicy", "sealedPolicy"] as const)(
    "[HTTP-1] a creation with another %s is another room's",
    (part) => {
      const { hostPublicKey, accessHash, sealedPolicy, signedDoorPolicy: doorPolicy } = record;
      const given = { hostPublicKey, accessHash, sealedPolicy, doorPolicy };
      expect(isSameRoom(record, given)).toBe(true);
      expect(isSameRoom(record, { ...given, [part]: bytesOf(given[part].length, 77) })).toBe(false);
    },
  );
});

describe("a socket's attachment", () => {
  const socket: RoomSocket = {
    memberId: memberNo(1),
    role: "host",
    jti: "a-jti",
    addressTag: "a-tag",
    connectedAtMs: 1_763_000_000_000,
    strikesAtMs: [1_763_000_000_001, 1_763_000_000_002],
    phase: "challenged",
    nonce: bytesOf(32, 5),
  };
  const { nonce: _, ...rest } = socket;

  it.each([
    socket,
    { ...rest, phase: "visiting" },
    { ...rest, phase: "in-call", strikesAtMs: [] },
  ] as const)("[ROOM-7] brings back what was written, of phase $phase", (written) => {
    expect(decodeAttachment(encodeAttachment(written))).toEqual(written);
    expect(encodeAttachment(written).length).toBeLessThan(LIMITS.attachmentBytes);
  });

  it.each([
    null,
    undefined,
    {},
    new Uint8Array(),
    encodeAttachment(socket).slice(0, -1),
    new Uint8Array([...encodeAttachment(socket), 0]),
  ])("is nothing when it is not one", (attachment) => {
    expect(decodeAttachment(attachment)).toBeUndefined();
  });
});

describe("a frame", () => {
  const socketId = "socket" as SocketId;
  const read = (frame: string | ArrayBuffer) =>
    readFrame(socketId, frame, 1, { limits: LIMITS, group: undefined });

  it("[WIRE-1] is read as one message", () => {
    expect(read(clientMessageCodec.encode(cast(3)).buffer)).toEqual({
      type: "message",
      socketId,
      message: cast(3),
      atMs: 1,
    });
  });

  it("[WIRE-4] of text is malformed", () => {
    expect(read("pong")).toMatchObject({ type: "unread", code: "message-malformed" });
  });

  it("[WIRE-3] longer than the limit is not looked into", () => {
    expect(read(new ArrayBuffer(LIMITS.messageBytes + 1))).toMatchObject({
      code: "message-too-large",
    });
    expect(read(new ArrayBuffer(LIMITS.messageBytes))).toMatchObject({ code: "message-malformed" });
  });

  it("[WIRE-2] of another version is told so", () => {
    const frame = clientMessageCodec.encode(cast());
    // Key 0, the version, is the first pair of the map: a1 00 01.
    frame[2] = 9;
    expect(read(frame.buffer)).toMatchObject({ code: "version-unknown" });
  });
});

describe("ROOM_LIMITS", () => {
  it("replaces the limits it names, and no others", () => {
    expect(readRoomLimits('{"callMembers": 3}')).toEqual({ ...LIMITS, callMembers: 3 });
    expect(readRoomLimits("")).toBe(LIMITS);
    expect(readRoomLimits(undefined)).toBe(LIMITS);
  });

  it.each(["[]", '{"nonsense": 1}', '{"callMembers": 0}', '{"callMembers": "3"}', "{"])(
    "is refused as a whole when it says %s",
    (variable) => {
      expect(() => readRoomLimits(variable)).toThrow(/ROOM_LIMITS|JSON/);
    },
  );
});
