import type { MemberId } from "../../protocol/ids.ts";
import { objectionToEnter } from "./admission.ts";
import { headOf, lastSeq } from "./commit-log.ts";
import { doorInForce } from "./door-in-force.ts";
import { othersInCall, provedSocketOf } from "./presence.ts";
import { waitToAskMs } from "./rate-limit.ts";
import { objectionToGroup, refused, type Said } from "./said.ts";
import type { RoomState, SocketId, Step } from "./state.ts";
import { step, withSocket } from "./state.ts";

/**
 * Who is asked next: of the members in the call, in the order of their ids, the one behind the last who was asked, and
 * first the one behind the asker itself, so that not all ask the same. SPEC TICKET-7.
 */
function nextToAsk(
  state: RoomState,
  behind: MemberId,
): { readonly memberId: MemberId; readonly socketId: SocketId } | undefined {
  const there = othersInCall(state, undefined)
    .flatMap((socketId) => {
      const memberId = state.sockets.get(socketId)?.memberId;
      return memberId === undefined ? [] : [{ memberId, socketId }];
    })
    .toSorted((left, right) => (left.memberId < right.memberId ? -1 : 1));
  return there.find(({ memberId }) => memberId > behind) ?? there[0];
}

/** SPEC TICKET-7. */
export function onTicket(state: RoomState, said: Said<"ticket">): Step {
  const { socketId, socket, message, atMs } = said;
  const { room, group, limits } = state;
  const otherGroup = objectionToGroup(state, message.groupId);
  if (room === undefined || group === undefined || otherGroup !== undefined)
    return refused(state, said, otherGroup ?? "group-none");
  // Who is in the call has what it could ask for.
  if (socket.phase !== "visiting") return step(state);
  const objection = objectionToEnter(doorInForce(state, room), group, socket);
  if (objection !== undefined) return refused(state, said, objection);
  const waitMs = waitToAskMs(socket.ticket?.atMs, atMs, limits);
  if (waitMs > 0) return refused(state, said, "rate-limited", waitMs);
  const { memberId: from } = socket;
  const asked = nextToAsk(state, socket.ticket?.askedOf ?? from);
  const shown = withSocket(state, socketId, {
    ...socket,
    ticket: {
      atMs,
      unansweredSinceMs: socket.ticket?.unansweredSinceMs ?? atMs,
      askedOf: asked?.memberId,
    },
  });
  // With nobody there it counts as unanswered all the same: a host who reloaded alone begins anew. SPEC GROUP-5.
  return asked === undefined
    ? step(shown)
    : step(shown, {
        type: "send",
        to: [asked.socketId],
        message: { type: "ticket", from, sealed: message.sealed },
      });
}

/** SPEC TICKET-8. */
export function onGroupInfo(state: RoomState, said: Said<"group-info">): Step {
  const { socket, message } = said;
  const { group } = state;
  const { to, groupId, epoch, sealed } = message;
  const otherGroup = objectionToGroup(state, groupId);
  if (group === undefined || otherGroup !== undefined)
    return refused(state, said, otherGroup ?? "group-none");
  if (socket.phase !== "in-call") return refused(state, said, "not-in-call");
  const [askerId, asker] = provedSocketOf(state, to) ?? [];
  const isAsked = asker?.phase === "visiting" && asker.ticket?.unansweredSinceMs !== undefined;
  // An answer that comes late, or twice, is nobody's mistake.
  if (askerId === undefined || !isAsked || epoch !== headOf(group.log).epoch) return step(state);
  const ticket = asker.ticket && { ...asker.ticket, unansweredSinceMs: undefined };
  return step(withSocket(state, askerId, { ...asker, ticket }), {
    type: "send",
    to: [askerId],
    message: { type: "group-info", groupId, epoch, seq: lastSeq(group.log), sealed },
  });
}
