import { describe, expect, it } from "vitest";
import { CLOSE } from "../../../protocol/failure-codes.ts";
import { commit, failures, groupCreate, startCall } from "../../support/room-messages.ts";
import { bytesOf, memberNo, RoomSimulation } from "../../support/room-simulation.ts";

const prove = { type: "prove", roomDeviceKey: bytesOf(32, 1), signature: bytesOf(64, 2) } as const;

describe("a socket of a room", () => {
  it("[SOCKET-2] is challenged first, and told the lobby once it has proved", () => {
    const room = new RoomSimulation();
    const socketId = room.connect(1);
    expect(room.read(socketId)).toEqual([
      { type: "challenge", nonce: bytesOf(32, 7), timeSec: 1000 },
    ]);
    room.send(socketId, prove);
    expect(room.readOne(socketId, "lobby")).toMatchObject({ inCall: 0, mode: "open" });
  });

  it("[SOCKET-2] has its signature checked against its own nonce, jti and member", () => {
    const room = new RoomSimulation();
    const socketId = room.connect(1, { jti: "the jti" });
    room.send(socketId, prove);
    expect(room.effects).toContainEqual({
      type: "verify",
      socketId,
      memberId: memberNo(1),
      jti: "the jti",
      nonce: bytesOf(32, 7),
      roomDeviceKey: prove.roomDeviceKey,
      signature: prove.signature,
    });
  });

  it("[SOCKET-2] may say nothing else before it has proved", () => {
    const room = new RoomSimulation();
    const socketId = room.connect(1);
    room.send(socketId, groupCreate());
    expect(failures(room, socketId)).toEqual([["not-proved", "group-create"]]);
    expect(room.state.group).toBeUndefined();
  });

  it("[SOCKET-2] is closed for a wrong signature", () => {
    const room = new RoomSimulation();
    room.verdict = "invalid";
    const socketId = room.visit(1);
    expect(failures(room, socketId)).toEqual([["challenge-failed", "prove"]]);
    expect(room.closed.get(socketId)).toEqual({
      closeCode: CLOSE.refused,
      reason: "challenge-failed",
    });
    expect(room.state.sockets.size).toBe(0);
  });

  it("[SOCKET-2] is asked to come back with a new token when its jti proved a socket before", () => {
    const room = new RoomSimulation();
    room.verdict = "replayed";
    const socketId = room.visit(1);
    expect(room.closed.get(socketId)).toEqual({ closeCode: CLOSE.again, reason: "proof-replayed" });
  });

  it("[SOCKET-2] is closed when it has not proved within the time, and not a moment before", () => {
    const room = new RoomSimulation();
    const [silent, proved] = [room.connect(1), room.visit(2)];
    room.advance(9_999);
    expect(room.closed.size).toBe(0);
    room.advance(1);
    expect(room.closed.get(silent)).toEqual({
      closeCode: CLOSE.refused,
      reason: "challenge-timeout",
    });
    expect(room.closed.has(proved)).toBe(false);
  });

  it("[SOCKET-3] takes the place of an older one of the same member once it has proved, not before", () => {
    const room = new RoomSimulation();
    const older = room.visit(1);
    const newer = room.connect(1);
    expect(room.closed.has(older)).toBe(false);
    room.send(newer, prove);
    expect(room.closed.get(older)).toEqual({
      closeCode: CLOSE.replaced,
      reason: "socket-replaced",
    });
    expect([...room.state.sockets.keys()]).toEqual([newer]);
  });

  it("[SOCKET-3] one that only holds a token pushes out another unproved one, never the proved one", () => {
    const room = new RoomSimulation();
    const proved = room.visit(1);
    const [second, third] = [room.connect(1), room.connect(1)];
    expect(room.closed.get(second)?.reason).toBe("socket-replaced");
    expect([...room.state.sockets.keys()]).toEqual([proved, third]);
  });

  it("[SOCKET-4] outlives its token", () => {
    const room = new RoomSimulation();
    const socketId = room.visit(1);
    room.advance(3_600_000);
    expect(room.closed.has(socketId)).toBe(false);
  });

  it("is told when the room has no place left, and closed", () => {
    const room = new RoomSimulation({}, { socketsPerRoom: 2 });
    const [first, second, third] = [room.visit(1), room.visit(2), room.connect(3)];
    expect(failures(room, third)).toEqual([["room-full"]]);
    expect(room.closed.get(third)?.reason).toBe("room-full");
    expect([...room.state.sockets.keys()]).toEqual([first, second]);
  });
});

describe("frames that can't be read", () => {
  const unread = (code: "message-malformed" | "message-too-large" | "message-unknown") =>
    ({ type: "unread", code }) as const;

  it("[WIRE-3] are answered with their code; the third in a minute closes the socket and no other", () => {
    const room = new RoomSimulation();
    const [bad, good] = startCall(room, 2);
    if (bad === undefined || good === undefined) throw new Error("expected two sockets");
    for (const code of ["message-malformed", "message-unknown"] as const) {
      room.dispatch({ ...unread(code), socketId: bad, atMs: room.nowMs });
    }
    expect(failures(room, bad)).toEqual([["message-malformed"], ["message-unknown"]]);
    expect(room.closed.size).toBe(0);
    room.dispatch({ ...unread("message-too-large"), socketId: bad, atMs: room.nowMs });
    expect(room.closed.get(bad)).toEqual({ closeCode: CLOSE.refused, reason: "message-too-large" });
    expect(room.read(good)).toEqual([]);
  });

  it("[WIRE-3] two a minute are borne for ever, over evictions too", () => {
    const room = new RoomSimulation();
    const socketId = room.visit(1);
    for (let minute = 0; minute < 5; minute += 1) {
      room.dispatch({ ...unread("message-malformed"), socketId, atMs: room.nowMs });
      room.evict();
      room.dispatch({ ...unread("message-malformed"), socketId, atMs: room.nowMs });
      room.advance(60_000);
    }
    expect(room.closed.size).toBe(0);
    room.dispatch({ ...unread("message-malformed"), socketId, atMs: room.nowMs });
    room.dispatch({ ...unread("message-malformed"), socketId, atMs: room.nowMs });
    room.evict();
    room.dispatch({ ...unread("message-malformed"), socketId, atMs: room.nowMs });
    expect(room.closed.get(socketId)?.reason).toBe("message-malformed");
  });

  it("[WIRE-2] of an unknown version close the socket at once", () => {
    const room = new RoomSimulation();
    const socketId = room.visit(1);
    room.dispatch({ type: "unread", code: "version-unknown", socketId, atMs: room.nowMs });
    expect(room.closed.get(socketId)).toEqual({
      closeCode: CLOSE.refused,
      reason: "version-unknown",
    });
  });

  it("[ROOM-8] a flood is told once, and closes the socket that goes on", () => {
    const room = new RoomSimulation();
    const socketId = room.visit(1);
    room.dispatch({ type: "flood", socketId, goesOn: false, atMs: room.nowMs });
    expect(room.readAll(socketId, "failure")).toEqual([
      { type: "failure", code: "flood", retryAfterMs: 20 },
    ]);
    room.dispatch({ type: "flood", socketId, goesOn: true, atMs: room.nowMs });
    expect(room.closed.get(socketId)).toEqual({ closeCode: CLOSE.refused, reason: "flood" });
  });

  it("an event of a socket that is gone changes nothing", () => {
    const room = new RoomSimulation();
    const socketId = room.visit(1);
    room.close(socketId);
    const before = room.state;
    room.send(socketId, commit(0, 0));
    room.dispatch({ type: "verified", socketId, verdict: "valid", atMs: room.nowMs });
    room.close(socketId);
    expect(room.state).toBe(before);
  });
});
