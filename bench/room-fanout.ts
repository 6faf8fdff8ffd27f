import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from "miniflare";
import * as v from "valibot";
import { build, type Rolldown } from "vite";
import { toBase64Url } from "../protocol/bytes.ts";
import { clientMessageCodec } from "../protocol/client-messages.ts";
import { epochSchema, type GroupId, groupIdSchema, seqSchema } from "../protocol/ids.ts";
import { boundBytes, LABELS } from "../protocol/labels.ts";
import { type RoomMessage, roomMessageCodec } from "../protocol/room-messages.ts";
import { rootPath } from "../scripts/root.ts";
import { type MadeRoom, makeDevice, makeRoom, sign } from "../test/support/room-client-keys.ts";
import { compare, type Figure, type Part, spreadOf } from "./figure.ts";

const PORT = 8803;
const MEMBERS = 8;
const CAST_BYTES = 1_024;
/** Sent by each member in a round. */
const CASTS = 300;
const ROUNDS = 5;
const LEAST_RATIO = 0.7;
const IDLE_ROOMS = 1_000;
const AT_A_TIME = 50;
/** The runtime lets go of an object that was idle for 10 s. */
const EVICTED_AFTER_MS = 11_000;

/** Messages a second through a room of eight, beside the least a relay can be. */
export const roomFanout: Part = {
  name: "room-fanout",
  about: `Casts of ${CAST_BYTES} B from each of ${MEMBERS} members to all others, as fast as they go, against a Durable Object that only passes on; deliveries a second, in turns, ${ROUNDS} rounds.`,
  limitSec: 60,
  measure: async () => {
    const { ours, bare } = await measureRoomFanout();
    const name = `deliveries to ${MEMBERS} members`;
    return [compare({ name, unit: "messages/s", ours, bare, atLeast: LEAST_RATIO })];
  },
};

/** What a thousand rooms cost that nobody speaks in. */
export const roomMemory: Part = {
  name: "room-memory",
  about: `Resident memory of workerd for ${IDLE_ROOMS} rooms with one visitor each, over that of workerd with one, against as many bare relays with a socket each: at once, and after the runtime has let the idle objects go.`,
  limitSec: 120,
  measure: measureRoomMemory,
};

/** Deliveries a second in each round, through the room and through the bare relay. */
export async function measureRoomFanout(): Promise<{
  readonly ours: readonly number[];
  readonly bare: readonly number[];
}> {
  const miniflare = await serve();
  try {
    const room = await makeRoom();
    await create(room);
    const members = await startCall(room);
    const relays = await Promise.all(Array.from({ length: MEMBERS }, () => open("/bare/relay")));
    const { socket: first, groupId } = members;
    const cast = clientMessageCodec.encode({
      type: "cast",
      groupId,
      cast: crypto.getRandomValues(new Uint8Array(CAST_BYTES)),
    });
    // What goes through once, unmeasured, is compiled.
    await rush(first, cast);
    await rush(relays, cast);
    const ours: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      bare.push(await rush(relays, cast));
      ours.push(await rush(first, cast));
    }
    return { ours, bare };
  } finally {
    await miniflare.dispose();
  }
}

async function measureRoomMemory(): Promise<readonly Figure[]> {
  const bare = await measureGrowth((made) => open(`/bare/${made}`), 0);
  const ours = await measureGrowth(visitNewRoom, EVICTED_AFTER_MS);
  const name = `${IDLE_ROOMS} rooms`;
  return [
    compare({ name: `${name}, at once`, unit: "MB", ours: [ours.atOnceMb], bare: [bare.atOnceMb] }),
    { name: `${name}, idle`, unit: "MB", ours: spreadOf([ours.idleMb]) },
    compare({ name: "workerd", unit: "MB", ours: [ours.floorMb], bare: [bare.floorMb] }),
  ];
}

/** What workerd grows by as objects are made, each with a socket, and after they had time to fall asleep. */
async function measureGrowth(
  make: (made: number) => Promise<unknown>,
  idleMs: number,
): Promise<{ readonly floorMb: number; readonly atOnceMb: number; readonly idleMb: number }> {
  const before = new Set(workerdPids());
  const miniflare = await serve();
  try {
    const pid = workerdPids().find((running) => !before.has(running));
    if (pid === undefined) throw new Error("no workerd was started");
    // One object first, so that what all share is there already.
    await make(0);
    const floorMb = residentMb(pid);
    for (let made = 1; made <= IDLE_ROOMS; made += AT_A_TIME) {
      await Promise.all(Array.from({ length: AT_A_TIME }, (_, index) => make(made + index)));
    }
    const atOnceMb = residentMb(pid) - floorMb;
    await delay(idleMs);
    return { floorMb, atOnceMb, idleMb: residentMb(pid) - floorMb };
  } finally {
    await miniflare.dispose();
  }
}

async function serve(): Promise<Miniflare> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: PORT,
      log: new NoOpLog(),
      logRequests: false,
      cf: false,
      telemetry: { enabled: false },
      workers: [
        {
          name: "room-fanout",
          modules: [{ type: "ESModule", path: "worker.js", contents: await bundle() }],
          compatibilityDate: "2026-10-20",
          durableObjects: {
            ROOM: { className: "RoomServer", useSQLite: true },
            BARE: { className: "BareRelay", useSQLite: true },
          },
          bindings: {
            ROOM_LIMITS: JSON.stringify({ socketBurst: 1_000_000, socketPerSecond: 1_000_000 }),
          },
        },
      ],
    }),
  );
  await miniflare.ready;
  return miniflare;
}

async function bundle(): Promise<string> {
  const built = (await build({
    configFile: false,
    logLevel: "warn",
    // As wrangler bundles it: for a runtime that is neither a browser nor Node.
    resolve: { conditions: ["workerd", "worker", "module", "import"] },
    ssr: { noExternal: true },
    build: {
      write: false,
      ssr: true,
      target: "es2024",
      minify: false,
      rolldownOptions: {
        input: rootPath("bench", "room-fanout-worker.js"),
        external: [/^cloudflare:/],
      },
    },
  })) as Rolldown.RolldownOutput;
  return built.output[0].code;
}

async function open(path: string): Promise<WebSocket> {
  const socket = new WebSocket(
    `ws://127.0.0.1:${PORT}${path}`,
    path.startsWith("/bare") ? [] : ["sotto.v1"],
  );
  socket.binaryType = "arraybuffer";
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve(), { once: true });
    socket.addEventListener("error", () => reject(new Error(`no socket at ${path}`)), {
      once: true,
    });
  });
  return socket;
}

/** Every socket sends `CASTS` frames; the answer is how many deliveries a second that made. */
async function rush(
  sockets: readonly WebSocket[],
  frame: Uint8Array<ArrayBuffer>,
): Promise<number> {
  const expected = sockets.length * (sockets.length - 1) * CASTS;
  let delivered = 0;
  const listening = new AbortController();
  const allThere = new Promise<void>((resolve) => {
    for (const socket of sockets) {
      const count = (): void => {
        delivered += 1;
        if (delivered === expected) resolve();
      };
      socket.addEventListener("message", count, { signal: listening.signal });
    }
  });
  const startedMs = performance.now();
  for (let sent = 0; sent < CASTS; sent += 1) {
    for (const socket of sockets) socket.send(frame);
    // Lets what came in be counted between, as the members of a call would.
    if (sent % 10 === 9) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  await allThere;
  const elapsedMs = performance.now() - startedMs;
  listening.abort();
  return (expected * 1000) / elapsedMs;
}

async function create(room: MadeRoom): Promise<void> {
  const { roomId, hostKeys, linkKeys, doorPolicy, sealedPolicy } = room;
  const parts = {
    hostPublicKey: hostKeys.publicKey,
    accessHash: linkKeys.accessHash,
    doorPolicy,
    sealedPolicy,
  };
  const response = await fetch(`http://127.0.0.1:${PORT}/room/${roomId}`, {
    method: "POST",
    body: JSON.stringify(
      Object.fromEntries(Object.entries(parts).map(([part, bytes]) => [part, toBase64Url(bytes)])),
    ),
  });
  if ((await response.text()) !== "made") throw new Error("the room was not made");
}

type MessageOf<Type extends RoomMessage["type"]> = Extract<RoomMessage, { readonly type: Type }>;

/** The next message of a type. */
function next<Type extends RoomMessage["type"]>(
  socket: WebSocket,
  type: Type,
): Promise<MessageOf<Type>> {
  return new Promise((resolve) => {
    const read = ({ data }: MessageEvent<ArrayBuffer>): void => {
      const message = roomMessageCodec.decode(new Uint8Array(data));
      if (!message.ok || message.value.type !== type) return;
      socket.removeEventListener("message", read);
      resolve(message.value as MessageOf<Type>);
    };
    socket.addEventListener("message", read);
  });
}

async function visit(room: MadeRoom): Promise<WebSocket> {
  const device = await makeDevice();
  const jti = toBase64Url(crypto.getRandomValues(new Uint8Array(16)));
  const query = new URLSearchParams({
    memberId: device.memberId,
    role: "member",
    jti,
    addressTag: jti,
  });
  const socket = new WebSocket(`ws://127.0.0.1:${PORT}/room/${room.roomId}?${query}`, ["sotto.v1"]);
  socket.binaryType = "arraybuffer";
  const { nonce } = await next(socket, "challenge");
  const lobby = next(socket, "lobby");
  const signature = await sign(device.keys, boundBytes(LABELS.socket, room.roomId, nonce, jti));
  socket.send(
    clientMessageCodec.encode({ type: "prove", roomDeviceKey: device.keys.publicKey, signature }),
  );
  await lobby;
  return socket;
}

async function visitNewRoom(): Promise<void> {
  const room = await makeRoom();
  await create(room);
  await visit(room);
}

/** Eight in one call. The room looks at nothing of what they commit, so these are bytes of chance. */
async function startCall(
  room: MadeRoom,
): Promise<{ readonly socket: readonly WebSocket[]; readonly groupId: GroupId }> {
  const groupId = v.parse(groupIdSchema, toBase64Url(crypto.getRandomValues(new Uint8Array(16))));
  const some = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const [first] = [await visit(room)];
  const epoch = (value: number) => v.parse(epochSchema, value);
  const seq = (value: number) => v.parse(seqSchema, value);
  const created = next(first, "group-created");
  first.send(
    clientMessageCodec.encode({
      type: "group-create",
      groupId,
      epoch: epoch(0),
      groupInfo: some(1_000),
    }),
  );
  await created;
  const socket = [first];
  for (let joined = 0; joined < MEMBERS - 1; joined += 1) {
    const member = await visit(room);
    const taken = next(member, "commit-taken");
    member.send(
      clientMessageCodec.encode({
        type: "commit",
        kind: "join",
        groupId,
        epoch: epoch(joined),
        after: seq(joined),
        commit: some(1_000),
        groupInfo: some(1_000),
        commitHash: some(32),
      }),
    );
    await taken;
    first.send(clientMessageCodec.encode({ type: "applied", groupId, seq: seq(joined + 1) }));
    socket.push(member);
  }
  return { socket, groupId };
}

/** Processes of the runtime that this one started. */
function workerdPids(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const [, command, rest = ""] =
          /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${name}/stat`, "utf8")) ?? [];
        return command === "workerd" && Number(rest.split(" ")[1]) === process.pid;
      } catch {
        // It ended between the two looks.
        return false;
      }
    })
    .map(Number);
}

function residentMb(pid: number): number {
  const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  if (kb === undefined) throw new Error("workerd has ended");
  return Number(kb) / 1024;
}
