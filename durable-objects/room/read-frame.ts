import { clientMessageCodec } from "../../protocol/client-messages.ts";
import { isCastFrame } from "./cast-frame.ts";
import type { RoomEvent, RoomState, SocketId } from "./state.ts";

/** What one frame says. The only text frame there is, `ping`, never gets here: the runtime answers it. SPEC WIRE-1…WIRE-4. */
export function readFrame(
  socketId: SocketId,
  frame: string | ArrayBuffer,
  atMs: number,
  { limits, group }: Pick<RoomState, "limits" | "group">,
): RoomEvent {
  if (typeof frame === "string")
    return { type: "unread", socketId, code: "message-malformed", atMs };
  if (frame.byteLength > limits.messageBytes)
    return { type: "unread", socketId, code: "message-too-large", atMs };
  const bytes = new Uint8Array(frame);
  if (group !== undefined && isCastFrame(bytes, group.groupId))
    return { type: "cast", socketId, frame: bytes, atMs };
  const message = clientMessageCodec.decode(bytes);
  return message.ok
    ? { type: "message", socketId, message: message.value, atMs }
    : { type: "unread", socketId, code: message.error.code, atMs };
}
