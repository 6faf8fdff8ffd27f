import { readFrame } from "../../../durable-objects/room/read-frame.ts";
import type { SocketId } from "../../../durable-objects/room/state.ts";
import { type ClientMessage, clientMessageCodec } from "../../../protocol/client-messages.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { doorChangeOf, endOf } from "../../support/door-changes.ts";
import {
  admit,
  bye,
  cast,
  commit,
  epochOf,
  GROUP,
  groupCreate,
  groupInfoTo,
  knock,
  refuse,
  resume,
  says,
  seqOf,
  signalTo,
  startCall,
  ticket,
} from "../../support/room-messages.ts";
import { bytesOf, doorPolicyOf, memberNo, RoomSimulation } from "../../support/room-simulation.ts";
import { ACCEPTED, fuzzClass, must } from "../fuzz-class.ts";
import { mutateCbor, writeLooseCbor } from "../loose-cbor.ts";
import { mutateBytes } from "../mutate.ts";
import type { Random } from "../random.ts";
import { readStrictCbor } from "../strict-cbor.ts";

const PEOPLE = 3;
const MOST_FRAMES = 6;

/** One more can't be written. */
const LAST_EPOCH = Number.MAX_SAFE_INTEGER;

const MESSAGES: readonly ClientMessage[] = [
  { type: "prove", roomDeviceKey: bytesOf(32, 8), signature: bytesOf(64, 9) },
  groupCreate(),
  groupCreate(2, 9),
  groupCreate(1, LAST_EPOCH),
  { ...commit(0, 0), epoch: epochOf(LAST_EPOCH) },
  commit(2, 2),
  commit(3, 3, "join"),
  says("applied", 2),
  says("refused", 2),
  { type: "publish", groupId: GROUP, seq: seqOf(2), epoch: epochOf(2), groupInfo: bytesOf(9) },
  signalTo(1),
  signalTo(2, 7),
  cast(),
  bye(),
  { type: "is-gone", memberId: memberNo(1) },
  resume(1),
  { ...commit(2, 2), doorChange: doorChangeOf(doorPolicyOf({ serial: 1, mode: "knock" })) },
  { ...groupCreate(3), replaces: GROUP },
  knock(),
  { type: "knock-withdrawn" },
  admit(9),
  refuse(1, true),
  ticket(),
  groupInfoTo(1, 2),
  { type: "end", end: endOf(1) },
];

/** Who sends the garbage, and what the others are doing meanwhile. */
const SCENES = ["in-call", "visiting", "challenged", "first", "knocking"] as const;
type Case = {
  readonly scene: (typeof SCENES)[number];
  readonly frames: readonly (string | Uint8Array<ArrayBuffer>)[];
};

/** Frames of one hostile socket to a room in which others are. */
export const room = fuzzClass({
  name: "room",
  rules: "WIRE-3, ROOM-7",
  about: `Up to ${MOST_FRAMES} frames of one socket to a room with ${PEOPLE} others in a call or about to start one; after them, the others are served as before`,
  casesInMillion: 40_000,
  prepare: async () => {
    const seeds = MESSAGES.map((message) => clientMessageCodec.encode(message));
    const makeFrame = (random: Random): string | Uint8Array<ArrayBuffer> => {
      const how = random.below(100);
      if (how === 0) return random.pick(["ping", "", "{}", "\0"]);
      if (how === 1 && random.chance(0.2))
        return new Uint8Array(LIMITS.messageBytes + random.below(2));
      const seed = random.pick(seeds);
      const tree = readStrictCbor(seed);
      if (tree === undefined || how < 20) return mutateBytes(random, seed, seeds);
      return writeLooseCbor(random, mutateCbor(random, tree, random.pick([0, 0, 0.05, 0.2])), 0);
    };
    return {
      make: (random): Case => ({
        scene: random.pick(SCENES),
        frames: Array.from({ length: 1 + random.below(MOST_FRAMES) }, () => makeFrame(random)),
      }),
      check: ({ scene, frames }) => {
        const house = new RoomSimulation({ mode: scene === "knocking" ? "knock" : "open" });
        const others =
          scene === "first"
            ? Array.from({ length: PEOPLE }, (_, member) => house.visit(member))
            : scene === "knocking"
              ? startKnockCall(house)
              : startCall(house, PEOPLE + (scene === "in-call" ? 1 : 0)).slice(0, PEOPLE);
        const hostile =
          scene === "in-call"
            ? ([...house.state.sockets.keys()].at(-1) ?? house.visit(9))
            : scene === "challenged"
              ? house.connect(9)
              : house.visit(9);
        // No signature of its own holds, a host's among them.
        house.verdict = "invalid";
        const codes = frames.map((frame) => sendRaw(house, hostile, frame));
        house.verdict = "valid";
        house.advance(LIMITS.groupInfoUnconfirmedMs + LIMITS.turnLeaseMs);
        for (const other of others) must(!house.closed.has(other), "another's socket was closed");
        if (scene === "first") serveFirst(house, others);
        else serveCall(house, others);
        return codes.find((code) => code !== undefined) ?? ACCEPTED;
      },
    };
  },
});

/** A call in a room where one is let in, of a host and those whom it admitted. */
function startKnockCall(house: RoomSimulation): readonly SocketId[] {
  const host = house.visit(0, { role: "host" });
  house.send(host, groupCreate());
  const others = Array.from({ length: PEOPLE - 1 }, (_, index) => {
    const socketId = house.visit(index + 1);
    house.send(host, admit(index + 1));
    house.send(socketId, commit(index, index, "join", 100 + index));
    house.advance(LIMITS.groupInfoUnconfirmedMs);
    return socketId;
  });
  return [host, ...others];
}

/** Sends a frame as it is; the code where it could not be read. */
function sendRaw(
  house: RoomSimulation,
  socketId: SocketId,
  frame: string | Uint8Array<ArrayBuffer>,
): string | undefined {
  // Written into by the room where it is a cast, so each run has its own.
  const given = typeof frame === "string" ? frame : frame.slice().buffer;
  const event = readFrame(socketId, given, house.nowMs, house.state);
  house.dispatch(event);
  return event.type === "unread" ? event.code : undefined;
}

/** Casts and signals go on as before, a newcomer is told of the call, and an eviction loses nobody. */
function serveCall(house: RoomSimulation, others: readonly SocketId[]): void {
  house.evict();
  const [first, second, third] = others;
  if (first === undefined || second === undefined || third === undefined) return;
  for (const other of others) house.read(other);
  house.send(first, cast());
  for (const other of [second, third])
    must(house.readAll(other, "cast").length === 1, "a cast did not arrive");
  house.send(first, signalTo(1));
  must(house.readAll(second, "signal").length === 1, "a signal did not arrive");
  const newcomer = house.visit(20);
  must(house.readAll(newcomer, "lobby").at(-1)?.groupId === GROUP, "a newcomer is told of no call");
}

/** Whoever starts a call either does, or is told of the one that the hostile one started. */
function serveFirst(house: RoomSimulation, others: readonly SocketId[]): void {
  house.evict();
  for (const other of others) {
    house.read(other);
    house.send(other, groupCreate(77));
    const answers = house.read(other).map(({ type }) => type);
    must(
      answers.includes("group-created") || answers.includes("lobby"),
      "no call to start or join",
    );
  }
}
