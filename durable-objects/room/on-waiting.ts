import { asksAdmission } from "../../protocol/policy.ts";
import { wasLetIn } from "./admission.ts";
import { doorInForce, isBanned, roleOf } from "./door-in-force.ts";
import { provedSocketOf } from "./presence.ts";
import { waitToAskMs } from "./rate-limit.ts";
import { type AnySaid, refused, type Said } from "./said.ts";
import type { Group, RoomSocket, RoomState, Step } from "./state.ts";
import { step, withSocket } from "./state.ts";
import { waitingOf } from "./waiting.ts";

/** SPEC KNOCK-2. */
export function onKnock(state: RoomState, said: Said<"knock">): Step {
  const { socketId, socket, message, atMs } = said;
  const { room, group, limits } = state;
  // Who is in the call, or need only join, has nothing to ask for.
  if (room === undefined || socket.phase !== "visiting") return step(state);
  const { policy } = doorInForce(state, room);
  if (!asksAdmission(policy)) return step(state);
  const { memberId } = socket;
  if (isBanned(policy, socket)) return refused(state, said, "banned");
  const isKnown = group !== undefined && wasLetIn(group, memberId);
  if (policy.locked && !isKnown) return refused(state, said, "locked");
  if (group?.blocked.includes(memberId) === true) return refused(state, said, "knock-blocked");
  const waitMs = waitToAskMs(socket.knockedAtMs, atMs, limits);
  if (waitMs > 0) return refused(state, said, "rate-limited", waitMs);
  const waiting = waitingOf(state);
  if (!waiting.has(memberId) && waiting.size >= limits.waiting)
    return refused(state, said, "waiting-full");
  const knocking: RoomSocket = { ...socket, knock: message.sealed, knockedAtMs: atMs };
  return step(withSocket(state, socketId, knocking));
}

const withoutKnock = (socket: RoomSocket): RoomSocket =>
  socket.phase === "visiting" ? { ...socket, knock: undefined } : socket;

/** SPEC KNOCK-4. */
export const onKnockWithdrawn = (state: RoomState, { socketId, socket }: AnySaid): Step =>
  step(withSocket(state, socketId, withoutKnock(socket)));

/** Why a message that only who may admit may send is refused. */
function objectionToKeeper(
  state: RoomState,
  { socket }: AnySaid,
): "not-in-call" | "not-host" | undefined {
  if (state.room === undefined || socket.phase !== "in-call") return "not-in-call";
  const { policy } = doorInForce(state, state.room);
  return roleOf(policy, socket) === "member" ? "not-host" : undefined;
}

/** The newest last; the oldest are forgotten. */
const remember = <Item>(items: readonly Item[], item: Item, most: number): readonly Item[] =>
  [...items.filter((old) => old !== item), item].slice(-most);

/** SPEC KNOCK-5. */
export function onAdmit(state: RoomState, said: Said<"admit">): Step {
  const { to, sealed } = said.message;
  const { group, limits } = state;
  const objection = objectionToKeeper(state, said);
  if (group === undefined || objection !== undefined)
    return refused(state, said, objection ?? "not-in-call");
  const [socketId, socket] = provedSocketOf(state, to) ?? [];
  if (socketId === undefined || socket === undefined) return refused(state, said, "member-unknown");
  const admitting: Group = {
    ...group,
    admitted: remember(group.admitted, to, limits.admissionsKept),
  };
  return step(withSocket({ ...state, group: admitting }, socketId, withoutKnock(socket)), {
    type: "send",
    to: [socketId],
    message: { type: "admitted", sealed },
  });
}

/** SPEC KNOCK-6. */
export function onRefuse(state: RoomState, said: Said<"refuse">): Step {
  const { to, block } = said.message;
  const { group, limits } = state;
  const objection = objectionToKeeper(state, said);
  if (group === undefined || objection !== undefined)
    return refused(state, said, objection ?? "not-in-call");
  // Who closes its socket just then is blocked all the same.
  const blocked = block ? remember(group.blocked, to, limits.admissionsKept) : group.blocked;
  const refusing: RoomState = { ...state, group: { ...group, blocked } };
  const [socketId, socket] = provedSocketOf(state, to) ?? [];
  if (socketId === undefined || socket?.phase !== "visiting")
    return refused(refusing, said, "member-unknown");
  return step(withSocket(refusing, socketId, withoutKnock(socket)), {
    type: "send",
    to: [socketId],
    message: { type: "knock-refused", blocked: block },
  });
}
