import type { Epoch, GroupId } from "../../../protocol/ids.ts";
import { fail, ok, type Result } from "../../../protocol/result.ts";
import type { MlsEngine } from "../../core/mls-engine.ts";
import type { RoomKeys } from "./room-keys.ts";
import { kindOf, openContent } from "./sealed-content.ts";
import { openGroupInfo } from "./ticket-box.ts";

/** GroupInfo to join by: the room's, which the link opens, or a member's answer to our ticket, which only our ticket key does. */
export async function openOfferedGroupInfo(
  engine: MlsEngine,
  room: RoomKeys,
  offered: Uint8Array<ArrayBuffer>,
): Promise<
  Result<
    {
      readonly groupId: GroupId;
      readonly epoch: Epoch;
      readonly content: Uint8Array<ArrayBuffer>;
    },
    { readonly code: "group-info-invalid" | "group-info-other-link" }
  >
> {
  const isTicketed = kindOf(offered) === "ticketed-group-info";
  const opened = await openContent(
    room,
    isTicketed ? "ticketed-group-info" : "group-info",
    offered,
  );
  if (!opened.ok) {
    const otherLink = opened.error.code === "envelope-unopened";
    return fail(otherLink ? "group-info-other-link" : "group-info-invalid");
  }
  if (!isTicketed) return opened;
  const content = await openGroupInfo(engine, room, opened.value, opened.value.content);
  return content === undefined ? fail("group-info-invalid") : ok({ ...opened.value, content });
}
