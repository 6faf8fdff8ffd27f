import { utf8 } from "../../protocol/bytes.ts";
import { clientMessageCodec } from "../../protocol/client-messages.ts";
import type { GroupId, MemberId } from "../../protocol/ids.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { roomMessageCodec } from "../../protocol/room-messages.ts";

/*
 * A cast comes as {0: version, 1: "cast", 2: group id, 3: bytes} and goes on as the same map with its sender's id at
 * key 2. Both ids are 22 characters long and CBOR is deterministic, so the two frames differ in those 22 bytes alone.
 * Casts are most of what a room carries; this passes them on for a fifth of what reading and writing them costs.
 */

const ID_CHARS = 22;
const sampleId = "A".repeat(ID_CHARS);
const sampleCast = new Uint8Array([0]);

/** What stands before the id, as the codec writes it. */
function headOf(frame: Uint8Array): Uint8Array {
  const [first] = utf8(sampleId);
  return frame.slice(
    0,
    frame.findIndex((_, at) => frame.subarray(at, at + ID_CHARS).every((byte) => byte === first)),
  );
}
const CLIENT_HEAD = headOf(
  clientMessageCodec.encode({ type: "cast", groupId: sampleId as GroupId, cast: sampleCast }),
);
const ROOM_HEAD = headOf(
  roomMessageCodec.encode({ type: "cast", from: sampleId as MemberId, cast: sampleCast }),
);
/** Where key 3 stands, and the header of its bytes behind it. */
const BYTES_KEY_AT = CLIENT_HEAD.length + ID_CHARS;
const BYTES_KEY = 3;

const hasText = (frame: Uint8Array, at: number, text: string): boolean => {
  for (let index = 0; index < text.length; index += 1) {
    if (frame[at + index] !== text.charCodeAt(index)) return false;
  }
  return true;
};

/** True for exactly those frames that the codec reads as a cast for this group. */
export function isCastFrame(frame: Uint8Array, groupId: GroupId): boolean {
  for (let at = 0; at < CLIENT_HEAD.length; at += 1) {
    if (frame[at] !== CLIENT_HEAD[at]) return false;
  }
  if (!hasText(frame, CLIENT_HEAD.length, groupId) || frame[BYTES_KEY_AT] !== BYTES_KEY)
    return false;
  const sizeAt = BYTES_KEY_AT + 2;
  const header = frame[BYTES_KEY_AT + 1];
  const [first = 0, second = 0] = frame.subarray(sizeAt, sizeAt + 2);
  // RFC 8949 §3: major type 2, its length in the shortest form.
  if (header === undefined || header < 0x40 || header > 0x59) return false;
  if (header < 0x58) return header > 0x40 && frame.length === sizeAt + header - 0x40;
  if (header === 0x58) return first >= 24 && frame.length === sizeAt + 1 + first;
  const size = first * 256 + second;
  return size >= 256 && size <= LIMITS.castBytes && frame.length === sizeAt + 2 + size;
}

/** The frame that says to the others what `frame`, for which `isCastFrame` holds, said to the room. Written into `frame`. */
export function passOnCast(
  frame: Uint8Array<ArrayBuffer>,
  from: MemberId,
): Uint8Array<ArrayBuffer> {
  frame.set(ROOM_HEAD);
  for (let index = 0; index < ID_CHARS; index += 1) {
    frame[ROOM_HEAD.length + index] = from.charCodeAt(index);
  }
  return frame;
}

if (CLIENT_HEAD.length !== ROOM_HEAD.length)
  throw new TypeError("cast: expected one layout both ways");
