import type { MemberId } from "../../protocol/ids.ts";
import { doorInForce, roleOf } from "./door-in-force.ts";
import type { Effect, RoomState, SocketId } from "./state.ts";

/** Sockets in the call of those who may admit. SPEC KNOCK-3. */
export function keepersOf(state: RoomState): readonly SocketId[] {
  const { room, sockets } = state;
  if (room === undefined) return [];
  const { policy } = doorInForce(state, room);
  return [...sockets].flatMap(([socketId, socket]) =>
    socket.phase === "in-call" && roleOf(policy, socket) !== "member" ? [socketId] : [],
  );
}

/** Who waits to be let in, and what they sent; first come first. SPEC KNOCK-2. */
export function waitingOf(
  state: Pick<RoomState, "sockets">,
): ReadonlyMap<MemberId, Uint8Array<ArrayBuffer>> {
  const waiting = [...state.sockets.values()].flatMap((socket) =>
    socket.phase === "visiting" && socket.knock !== undefined
      ? [{ memberId: socket.memberId, sealed: socket.knock, atMs: socket.knockedAtMs ?? 0 }]
      : [],
  );
  return new Map(
    waiting
      .toSorted((left, right) => left.atMs - right.atMs)
      .map(({ memberId, sealed }) => [memberId, sealed]),
  );
}

/** Tells those who may admit what changed between two states, and those who newly may, of all who wait. SPEC KNOCK-3, KNOCK-4. */
export function knockChanges(before: RoomState, after: RoomState): readonly Effect[] {
  if (before.group === after.group && before.sockets === after.sockets) return [];
  const [was, is] = [waitingOf(before), waitingOf(after)];
  if (was.size === 0 && is.size === 0) return [];
  const keptBefore = new Set(keepersOf(before));
  const keepers = keepersOf(after);
  const old = keepers.filter((socketId) => keptBefore.has(socketId));
  const gone = [...was.keys()].filter((from) => !is.has(from));
  const effects: Effect[] = gone.map((from) => ({
    type: "send",
    to: old,
    message: { type: "knock-gone", from },
  }));
  for (const [from, sealed] of is) {
    // Knocks are compared by identity: a state carries the same bytes on until they change.
    const to = was.get(from) === sealed ? keepers.filter((id) => !keptBefore.has(id)) : keepers;
    effects.push({ type: "send", to, message: { type: "knock", from, sealed } });
  }
  return effects.filter((effect) => effect.type !== "send" || effect.to.length > 0);
}
