import { isSignerListed } from "../../protocol/delegation.ts";
import { endCodec } from "../../protocol/end.ts";
import { endGroup } from "./call-progress.ts";
import { doorInForce } from "./door-in-force.ts";
import { othersInCall } from "./presence.ts";
import { objectionToGroup, refused, type Said } from "./said.ts";
import type { RoomState, Step } from "./state.ts";
import { step } from "./state.ts";

/** SPEC END-1, END-2. */
export function onEnd(state: RoomState, said: Said<"end">): Step {
  const { socketId, message, checked, atMs } = said;
  const { room, group, limits } = state;
  const end = endCodec.decode(message.end);
  if (!end.ok) return refused(state, said, "end-invalid");
  const { groupId } = end.value;
  const otherGroup = objectionToGroup(state, groupId);
  if (room === undefined || group === undefined || otherGroup !== undefined)
    return refused(state, said, otherGroup ?? "group-none");
  if (checked === undefined) return step(state, { type: "check-signer", socketId, message });
  if (checked.signer === undefined) return refused(state, said, "end-invalid");
  const { policy } = doorInForce(state, room);
  if (!isSignerListed(policy.roles, checked.signer))
    return refused(state, said, "delegation-withdrawn");
  const over = endGroup(state, group, atMs);
  const endedForGood = [...room.endedForGood, groupId].slice(-limits.retiredKept);
  const told = {
    ...over,
    room: over.room && { ...over.room, endedForGood },
    // To have been in it gives no right to anything from now on.
    ended: undefined,
  };
  const to = [...new Set([socketId, ...othersInCall(state, undefined)])];
  return step(told, { type: "send", to, message: { type: "ended", end: message.end } });
}
