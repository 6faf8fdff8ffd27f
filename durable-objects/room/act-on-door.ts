import { doorInForce, isBanned } from "./door-in-force.ts";
import { refuse } from "./on-socket.ts";
import { provedSocketOf, withMember } from "./presence.ts";
import type { Group, RoomState, Step } from "./state.ts";
import { andThen, step } from "./state.ts";
import { asksAdmission, type DoorPolicy } from "../../protocol/policy.ts";

/** Does at once what a policy asks for that came into force between two states. SPEC DOOR-5. */
export function actOnDoor(before: RoomState, state: RoomState, atMs: number): Step {
  const { room } = state;
  if (before.room === undefined || room === undefined) return step(state);
  const door = doorInForce(state, room);
  if (door === doorInForce(before, before.room)) return step(state);
  const { policy } = door;
  const group = state.group && withoutGroupInfos(state.group, policy);
  let next = step(group === state.group ? state : { ...state, group });
  for (const [socketId, socket] of state.sockets) {
    if (isBanned(policy, socket))
      next = andThen(next, (current) => refuse(current, socketId, atMs, "banned"));
  }
  return andThen(next, (current) => step(withoutBanned(current, policy, atMs)));
}

function withoutGroupInfos(group: Group, policy: DoorPolicy): Group {
  if (!asksAdmission(policy) || group.log.groupInfos.size === 0) return group;
  return { ...group, log: { ...group.log, groupInfos: new Map() } };
}

/** Who is banned takes no place in the call, and keeps it from ending no longer. */
function withoutBanned(state: RoomState, policy: DoorPolicy, atMs: number): RoomState {
  let { group } = state;
  for (const [memberId, { phase }] of group?.members ?? []) {
    const named = { memberId, role: "member", delegation: undefined } as const;
    if (group === undefined || phase === "left" || !isBanned(policy, named)) continue;
    // Who shows a host link is not put out by its member id.
    if (provedSocketOf(state, memberId) !== undefined) continue;
    group = withMember(group, memberId, { phase: "left", stray: false }, atMs);
  }
  return group === state.group ? state : { ...state, group };
}
