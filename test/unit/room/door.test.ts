import { describe, expect, it } from "vitest";
import { readRoomLimits } from "../../../durable-objects/room-limits.ts";
import { decodeAttachment, encodeAttachment } from "../../../durable-objects/room/attachment.ts";
import { isSameRoom, judgeAccess } from "../../../durable-objects/room/door.ts";
import { readFrame } from "../../../durable-objects/room/read-frame.ts";
import type { ShownRole } from "../../../durable-objects/room/door-in-force.ts";
import type { RoomRecord, RoomSocket, SocketId } from "../../../durable-objects/room/state.ts";
import { clientMessageCodec } from "../../../protocol/client-messages.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { admit, cast, groupCreate } from "../../support/room-messages.ts";
import { bytesOf, memberNo, roomRecord, RoomSimulation } from "../../support/room-simulation.ts";

const record = roomRecord({
  bannedMemberIds: [memberNo(1), memberNo(3)],
  roles: [
    { memberId: memberNo(1), role: "co-host", delegationSerial: 5 },
    { role: "co-host", delegationSerial: 6 },
  ],
});
const asks = (accessFill: number, member: number, shown?: ShownRole) => ({
  accessHash: bytesOf(32, accessFill),
  memberId: memberNo(member),
  shown,
});
const stored = (room: RoomRecord | undefined) => ({ room, group: undefined });
const shows = (role: ShownRole["role"], delegation: number) => ({ role, delegation });

describe("access to a room", () => {
  it("[HTTP-2] is by the access hash; the role is what the door policy says, or member", () => {
    expect(judgeAccess(stored(record), asks(2, 1))).toMatchObject({ value: { role: "co-host" } });
    expect(judgeAccess(stored(record), asks(2, 2))).toMatchObject({ value: { role: "member" } });
  });

  it("[HOST-4] the role is what a host proof shows, as long as the policy lists it; the host key needs no listing", () => {
    expect(judgeAccess(stored(record), asks(2, 2, shows("co-host", 6)))).toMatchObject({
      value: { role: "co-host", delegation: 6 },
    });
    expect(judgeAccess(stored(record), asks(2, 2, shows("host", 0)))).toMatchObject({
      value: { role: "host", delegation: 0 },
    });
  });

  it("[HOST-6] a ban does not hold against whom the roles name, by member id or by what is shown", () => {
    expect(judgeAccess(stored(record), asks(2, 1))).toMatchObject({ ok: true });
    expect(judgeAccess(stored(record), asks(2, 3, shows("co-host", 6)))).toMatchObject({
      value: { role: "co-host" },
    });
  });

  it.each(["knock", "locked"] as const)(
    "[HTTP-5] in a %s room only who was in the group, was admitted or has a role may relay",
    (how) => {
      const room = new RoomSimulation({
        mode: how === "knock" ? "knock" : "open",
        locked: how === "locked",
      });
      const host = room.visit(0, { role: "host" });
      room.send(host, groupCreate());
      const mayRelay = (member: number, shown?: ShownRole): boolean => {
        const access = judgeAccess(room.state, asks(2, member, shown));
        return access.ok && access.value.mayRelay;
      };
      room.visit(1);
      expect([mayRelay(0), mayRelay(1), mayRelay(9, shows("host", 0))]).toEqual([
        true,
        false,
        true,
      ]);
      room.send(host, admit(1));
      expect(mayRelay(1)).toBe(true);
      expect(judgeAccess(stored(record), asks(2, 2))).toMatchObject({ value: { mayRelay: true } });
    },
  );

  it.each([
    ["room-unknown", undefined, asks(2, 1)],
    ["access-wrong", record, asks(9, 1)],
    ["link-replaced", { ...record, retiredAccessHashes: [bytesOf(32, 9)] }, asks(9, 1)],
    ["banned", record, asks(2, 3)],
    ["delegation-withdrawn", record, asks(2, 2, shows("co-host", 4))],
    ["delegation-withdrawn", record, asks(2, 2, shows("host", 6))],
  ])("[HTTP-2, HOST-4] is refused as %s", (code, room, request) => {
    expect(judgeAccess(stored(room), request)).toEqual({ ok: false, error: { code } });
  });

  it.each(["hostPublicKey", "accessHash", "doorPolicy", "sealedPolicy"] as const)(
    "[HTTP-1] a creation with another %s is another room's",
    (part) => {
      const { hostPublicKey, accessHash, made } = record;
      const { sealedPolicy, signedPolicy: doorPolicy } = made;
      const given = { hostPublicKey, accessHash, sealedPolicy, doorPolicy };
      expect(isSameRoom(record, given)).toBe(true);
      expect(isSameRoom(record, { ...given, [part]: bytesOf(given[part].length, 77) })).toBe(false);
    },
  );
});

describe("a socket's attachment", () => {
  const proved = {
    memberId: memberNo(1),
    role: "host",
    delegation: 0,
    jti: "a-jti",
    addressTag: "a-tag",
    connectedAtMs: 1_763_000_000_000,
    strikesAtMs: [1_763_000_000_001, 1_763_000_000_002],
  } as const;
  const socket: RoomSocket = { ...proved, phase: "challenged", nonce: bytesOf(32, 5) };
  const silent = { knock: undefined, knockedAtMs: undefined, ticket: undefined };
  const ticket = { atMs: 7, unansweredSinceMs: 5, askedOf: memberNo(4) };

  it.each([
    socket,
    { ...proved, phase: "visiting", ...silent },
    { ...proved, phase: "visiting", ...silent, knock: bytesOf(1_024, 3), knockedAtMs: 9, ticket },
    {
      ...proved,
      phase: "visiting",
      ...silent,
      ticket: { ...ticket, unansweredSinceMs: undefined },
    },
    { ...proved, phase: "in-call", delegation: undefined, strikesAtMs: [] },
  ] satisfies readonly RoomSocket[])(
    "[ROOM-7] brings back what was written, of phase $phase",
    (written) => {
      expect(decodeAttachment(encodeAttachment(written))).toStrictEqual(written);
      expect(encodeAttachment(written).length).toBeLessThan(LIMITS.attachmentBytes);
    },
  );

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
