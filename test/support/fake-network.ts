import * as v from "valibot";
import { sha256, toBase64Url, utf8 } from "../../protocol/bytes.ts";
import { clientMessageCodec } from "../../protocol/client-messages.ts";
import { verifyEd25519 } from "../../protocol/ed25519.ts";
import { CLOSE, type FailureCode } from "../../protocol/failure-codes.ts";
import { createRoomSchema, tokenRequestSchema } from "../../protocol/http.ts";
import { deriveMemberId, deriveRoomId, type RoomId } from "../../protocol/ids.ts";
import { boundBytes, LABELS } from "../../protocol/labels.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { verifyDoorPolicy } from "../../protocol/policy.ts";
import { fail, ok } from "../../protocol/result.ts";
import { roomMessageCodec } from "../../protocol/room-messages.ts";
import { shownRole } from "../../workers/auth/shown-role.ts";
import { judgeAccess } from "../../durable-objects/room/door.ts";
import type { RoomLimits, RoomSocket, SocketId } from "../../durable-objects/room/state.ts";
import type { EdgeApi } from "../../web/core/edge-api.ts";
import type { OpenRoomSocket, RoomSocketEvent } from "../../web/core/room-socket.ts";
import { createFakeRoom, type FakeRoom, type RoomEnd, type Tamper } from "./fake-room.ts";
import type { SettlingTime } from "./settling-time.ts";

/** One browser page's way to the service. */
export type Line = {
  readonly edge: EdgeApi;
  readonly openSocket: OpenRoomSocket;
  /** The network is gone, and both ends see it; every new attempt fails. */
  readonly cut: () => void;
  /** Nothing passes any more, and nobody is told. */
  readonly freeze: () => void;
  readonly restore: () => void;
  /** The socket drops once, and may be opened again at once. */
  readonly drop: () => void;
  /** The page is gone: its end hears nothing more, the room sees the socket close. */
  readonly kill: () => void;
  /** From now on the room answers this page from another branch; the socket notices nothing. */
  readonly moveTo: (branch: FakeRoom) => void;
  /** Messages sent since the line was made, by type. */
  readonly sent: () => readonly string[];
};

type Entrant = Pick<RoomSocket, "memberId" | "role" | "delegation" | "jti" | "addressTag">;

/** Edge and rooms in memory, under the real rules, behind a delay. */
export type FakeNetwork = {
  readonly line: () => Line;
  readonly room: (roomId: RoomId) => FakeRoom;
  readonly tamper: (with_: Tamper) => void;
  /** Every socket drops and every object is loaded again. */
  readonly restart: () => void;
  /** One way, milliseconds; asked for each message. */
  delayMs: () => number;
};

export function createFakeNetwork(time: SettlingTime): FakeNetwork {
  const { clock, track } = time;
  const rooms = new Map<RoomId, FakeRoom>();
  const tokens = new Map<string, Entrant & { readonly roomId: RoomId }>();
  const proofs = new Set<string>();
  const lines = new Set<Line>();
  const limits: RoomLimits = LIMITS;
  let tamper: Tamper = (_, message) => message;
  let tokenCount = 0;

  const nowSec = (): number => Math.floor(clock.nowMs() / 1000);
  /** Runs a step once the message has travelled, never before one that left earlier. */
  function createWire() {
    let lastMs = 0;
    return (arrive: () => void): void => {
      lastMs = Math.max(lastMs, clock.nowMs() + network.delayMs());
      clock.after(lastMs - clock.nowMs(), arrive);
    };
  }

  async function makeRoom(given: unknown): ReturnType<EdgeApi["createRoom"]> {
    const body = v.parse(createRoomSchema, given);
    const roomId = await deriveRoomId(body.hostPublicKey);
    const doorPolicy = await verifyDoorPolicy(roomId, body.doorPolicy);
    if (!doorPolicy.ok) return fail("signature-invalid");
    const bound = boundBytes(
      LABELS.create,
      roomId,
      body.hostPublicKey,
      body.accessHash,
      body.doorPolicy,
      await sha256(body.sealedPolicy),
    );
    if (!(await verifyEd25519(body.hostPublicKey, body.signature, bound)))
      return fail("signature-invalid");
    const record = {
      hostPublicKey: body.hostPublicKey,
      accessHash: body.accessHash,
      door: {
        signedPolicy: body.doorPolicy,
        policy: doorPolicy.value.policy,
        sealedPolicy: body.sealedPolicy,
      },
    };
    const room = createFakeRoom({ roomId, record, time, limits, tamper: () => tamper });
    rooms.set(roomId, room);
    return ok({ roomId });
  }

  async function grantToken(roomId: RoomId, given: unknown): ReturnType<EdgeApi["requestToken"]> {
    const body = v.parse(tokenRequestSchema, given);
    const accessHash = await sha256(body.access);
    const bound = boundBytes(LABELS.token, roomId, accessHash, body.atSec);
    if (!(await verifyEd25519(body.roomDeviceKey, body.proof, bound))) return fail("proof-invalid");
    if (Math.abs(body.atSec - nowSec()) > LIMITS.tokenClockSkewSec)
      return { ok: false, error: { code: "proof-expired", timeSec: nowSec() } };
    const memberId = await deriveMemberId(body.roomDeviceKey);
    const { roomDeviceKey, atSec } = body;
    const claim = { accessHash, roomDeviceKey, atSec };
    const shown = await shownRole(roomId, claim, body.hostProof, nowSec());
    if (!shown.ok) return shown;
    const stored = rooms.get(roomId)?.state() ?? { room: undefined, group: undefined };
    const judged = judgeAccess(stored, { accessHash, memberId, shown: shown.value });
    if (!judged.ok) return judged;
    const proof = toBase64Url(body.proof);
    if (proofs.has(proof)) return fail("proof-replayed");
    proofs.add(proof);
    tokenCount += 1;
    const jti = `jti-${tokenCount}`;
    const { role, delegation } = judged.value;
    const token = `e30.${toBase64Url(utf8(JSON.stringify({ jti, role, delegation })))}.c2ln`;
    tokens.set(token, { roomId, memberId, role, delegation, jti, addressTag: memberId });
    const expiresAtSec = nowSec() + LIMITS.tokenLifetimeSec;
    return ok({ token, expiresAtSec, iceServers: [], iceTransportPolicy: "all" });
  }

  function createLine(): Line {
    let state: "up" | "cut" | "frozen" | "dead" = "up";
    let heardAtMs = clock.nowMs();
    let branch: FakeRoom | undefined;
    let moveSocket: (next: FakeRoom) => void = () => {};
    let dropSocket: (how: "seen" | "unseen") => void = () => {};
    const sent: string[] = [];

    const ask = async <Answer>(question: () => Promise<Answer>) => {
      await new Promise<void>((resolve) => clock.after(network.delayMs(), resolve));
      if (state !== "up") return fail("edge-unreachable");
      const answer = await track(question());
      await new Promise<void>((resolve) => clock.after(network.delayMs(), resolve));
      return answer;
    };

    const openSocket: OpenRoomSocket = (listener) => {
      let closeCurrent = (): void => {};
      let send: (frame: Uint8Array<ArrayBuffer>) => boolean = () => false;
      const open = (roomId: RoomId, token: string): void => {
        closeCurrent();
        const up = createWire();
        const down = createWire();
        let isOpen = true;
        let socketId: SocketId | undefined;
        const roomNow = (): FakeRoom | undefined => branch ?? rooms.get(roomId);
        const tell = (event: RoomSocketEvent): void => {
          if (isOpen && state !== "dead") listener(event);
        };
        const closed = (code: FailureCode | "socket-lost", again: boolean): void => {
          tell({ type: "closed", code, again });
          isOpen = false;
        };
        const leave = (): void => {
          if (socketId !== undefined) roomNow()?.closed(socketId);
          socketId = undefined;
        };
        closeCurrent = () => {
          isOpen = false;
          if (state === "up") up(leave);
        };
        dropSocket = (how) => {
          if (how === "seen") closed("socket-lost", true);
          leave();
        };
        send = (frame) => {
          if (!isOpen || socketId === undefined) return false;
          if (state === "up")
            up(() => {
              if (socketId === undefined || state !== "up") return;
              heardAtMs = clock.nowMs();
              roomNow()?.hear(socketId, frame);
            });
          return true;
        };
        up(() => {
          if (!isOpen) return;
          const entrant = tokens.get(token);
          if (entrant?.roomId !== roomId || state !== "up")
            return down(() => closed("socket-lost", true));
          const { memberId, role, delegation, jti, addressTag } = entrant;
          const end: RoomEnd = {
            send: (frame) => {
              if (state !== "up") return;
              down(() => {
                const message = roomMessageCodec.decode(frame);
                if (!message.ok) throw new Error("the room sent what can't be read");
                if (state === "up") tell({ type: "message", message: message.value });
              });
            },
            close: (closeCode, reason) => {
              socketId = undefined;
              down(() => closed(reason, closeCode === CLOSE.again));
            },
            // Pings go on as long as the line does.
            heardAtMs: () => (state === "up" ? clock.nowMs() : heardAtMs),
          };
          socketId = roomNow()?.connect({ memberId, role, delegation, jti, addressTag }, end);
          moveSocket = (next) => {
            const from = roomNow();
            if (socketId !== undefined && from !== undefined) next.adopt(socketId, end, from);
          };
          tell({ type: "opened" });
        });
      };
      return {
        open: ({ roomId, token }) => open(roomId, token),
        send: (message) => {
          const isSent = send(clientMessageCodec.encode(message));
          if (isSent) sent.push(message.type);
          return isSent;
        },
        close: () => closeCurrent(),
      };
    };

    const line: Line = {
      edge: {
        createRoom: (body) => ask(() => makeRoom(body)),
        requestToken: (roomId, body) => ask(() => grantToken(roomId, body)),
      },
      openSocket,
      cut: () => {
        heardAtMs = clock.nowMs();
        state = "cut";
        dropSocket("seen");
      },
      freeze: () => {
        heardAtMs = clock.nowMs();
        state = "frozen";
      },
      restore: () => {
        // What was frozen is not taken up again: TCP gave up meanwhile.
        if (state === "frozen") dropSocket("seen");
        state = "up";
      },
      drop: () => dropSocket("seen"),
      kill: () => {
        state = "dead";
        dropSocket("unseen");
        lines.delete(line);
      },
      moveTo: (next) => {
        moveSocket(next);
        branch = next;
      },
      sent: () => sent,
    };
    lines.add(line);
    return line;
  }

  const network: FakeNetwork = {
    line: createLine,
    room: (roomId) => {
      const room = rooms.get(roomId);
      if (room === undefined) throw new Error("expected a room of that id");
      return room;
    },
    tamper: (next) => {
      tamper = next;
    },
    restart: () => {
      for (const line of lines) line.drop();
      for (const room of rooms.values()) room.evict();
    },
    delayMs: () => 20,
  };
  return network;
}
