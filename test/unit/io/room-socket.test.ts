import * as v from "valibot";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { clientMessageCodec } from "../../../protocol/client-messages.ts";
import { CLOSE } from "../../../protocol/failure-codes.ts";
import { groupIdSchema, roomIdSchema, seqSchema } from "../../../protocol/ids.ts";
import { roomMessageCodec } from "../../../protocol/room-messages.ts";
import type { RoomSocket, RoomSocketEvent } from "../../../web/core/room-socket.ts";
import { createRoomSocket } from "../../../web/io/room-socket.ts";
import { createManualClock, type ManualClock } from "../../support/manual-clock.ts";

const ROOM = v.parse(roomIdSchema, "AAAAAAAAAAAAAAAAAAAAAA");
const MESSAGE = {
  type: "applied",
  groupId: v.parse(groupIdSchema, "AAAAAAAAAAAAAAAAAAAAAA"),
  seq: v.parse(seqSchema, 1),
} as const;
const CHALLENGE = { type: "challenge", nonce: new Uint8Array(32), timeSec: 1 } as const;

/** A WebSocket without a network: the test plays the room. */
class FakeSocket extends EventTarget {
  readyState: number = WebSocket.CONNECTING;
  binaryType = "blob";
  readonly sent: unknown[] = [];
  send(data: unknown): void {
    this.sent.push(data);
  }
  close(): void {
    this.readyState = WebSocket.CLOSED;
  }
  opens(): void {
    this.readyState = WebSocket.OPEN;
    this.dispatchEvent(new Event("open"));
  }
  hears(data: unknown): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }
  ends(code: number, reason: string): void {
    this.readyState = WebSocket.CLOSED;
    this.dispatchEvent(Object.assign(new Event("close"), { code, reason }));
  }
}

describe("the room's socket", () => {
  let clock: ManualClock;
  let events: RoomSocketEvent[];
  let sockets: FakeSocket[];
  let asked: { readonly url: string; readonly protocols: string[] }[];
  let room: RoomSocket;
  let page: EventTarget;
  const latest = (): FakeSocket => {
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  };

  beforeEach(() => {
    clock = createManualClock();
    events = [];
    sockets = [];
    asked = [];
    page = new EventTarget();
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    const open = createRoomSocket({
      origin: "https://sotto.test",
      clock,
      connect: (url, protocols) => {
        asked.push({ url: url.href, protocols });
        sockets.push(new FakeSocket());
        return latest() as unknown as WebSocket;
      },
    });
    room = open((event) => events.push(event));
    room.open({ roomId: ROOM, token: "header.claims.signature" });
  });
  const challenge = (): ArrayBuffer => roomMessageCodec.encode(CHALLENGE).buffer;

  it("[SOCKET-1] names its protocol first and shows its token second", () => {
    expect(asked).toEqual([
      {
        url: `wss://sotto.test/api/rooms/${ROOM}/socket`,
        protocols: ["sotto.v1", "header.claims.signature"],
      },
    ]);
  });

  it("sends only while open, and holds nothing back for later", () => {
    expect(room.send(MESSAGE)).toBe(false);
    latest().opens();
    expect(latest().sent).toEqual([]);
    expect(room.send(MESSAGE)).toBe(true);
    expect(latest().sent).toEqual([clientMessageCodec.encode(MESSAGE)]);
    latest().ends(1006, "");
    expect(room.send(MESSAGE)).toBe(false);
  });

  it("[WIRE-1] hands on what the room says", () => {
    latest().opens();
    latest().hears(challenge());
    expect(events).toEqual([{ type: "opened" }, { type: "message", message: CHALLENGE }]);
  });

  it.each([
    ["a byte too many", () => Uint8Array.from([...new Uint8Array(challenge()), 0]).buffer],
    ["no CBOR", () => new ArrayBuffer(3)],
    ["text that is no pong", () => "hello"],
  ])("closes for good on %s", (_, data) => {
    latest().opens();
    latest().hears(data());
    expect(events.at(-1)).toEqual({ type: "closed", code: "message-malformed", again: false });
    expect(latest().readyState).toBe(WebSocket.CLOSED);
  });

  it("[WIRE-4] pings every 5 s, and counts as lost 10 s after a ping without any sign", () => {
    latest().opens();
    clock.advance(5_000);
    expect(latest().sent).toEqual(["ping"]);
    latest().hears("pong");
    clock.advance(5_000);
    expect(latest().sent).toEqual(["ping", "ping"]);
    latest().hears(challenge());
    clock.advance(4_000);
    expect(events.at(-1)?.type).toBe("message");
    clock.advance(30_000);
    expect(events.at(-1)).toEqual({ type: "closed", code: "socket-lost", again: true });
    expect(clock.pending()).toBe(0);
  });

  it("is lost within 15 s of silence, however often it pings meanwhile", () => {
    latest().opens();
    clock.advance(15_000);
    expect(events.at(-1)).toEqual({ type: "closed", code: "socket-lost", again: true });
  });

  it("is lost when it does not open within 10 s", () => {
    clock.advance(10_000);
    expect(events).toEqual([{ type: "closed", code: "socket-lost", again: true }]);
    expect(clock.pending()).toBe(0);
  });

  it("asks at once whether the line still lives when the network has changed", () => {
    latest().opens();
    page.dispatchEvent(new Event("online"));
    expect(latest().sent).toEqual(["ping"]);
    clock.advance(3_000);
    expect(events.at(-1)).toMatchObject({ type: "closed", code: "socket-lost" });
  });

  it.each([
    [CLOSE.refused, "flood", { code: "flood", again: false }],
    [CLOSE.replaced, "socket-replaced", { code: "socket-replaced", again: false }],
    [CLOSE.again, "challenge-timeout", { code: "challenge-timeout", again: true }],
    [1006, "", { code: "socket-lost", again: true }],
    [1012, "restart", { code: "socket-lost", again: true }],
  ])("says why it was closed: %s %j", (code, reason, expected) => {
    latest().opens();
    latest().ends(code, reason);
    expect(events.at(-1)).toEqual({ type: "closed", ...expected });
    expect(clock.pending()).toBe(0);
  });

  it("lets a newer socket take the older's place without a word from the older", () => {
    const older = latest();
    older.opens();
    room.open({ roomId: ROOM, token: "another" });
    expect(older.readyState).toBe(WebSocket.CLOSED);
    older.hears(challenge());
    older.ends(1000, "");
    expect(events).toEqual([{ type: "opened" }]);
  });

  it("says nothing any more once closed, and leaves no timer", () => {
    latest().opens();
    room.close();
    latest().ends(1000, "");
    page.dispatchEvent(new Event("online"));
    expect(events).toEqual([{ type: "opened" }]);
    expect(clock.pending()).toBe(0);
  });
});
