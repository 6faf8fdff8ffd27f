import { equalBytes } from "../../../../protocol/bytes.ts";
import { isSignerListed } from "../../../../protocol/delegation.ts";
import { fail, ok, type Result } from "../../../../protocol/result.ts";
import { type Ticket, verifyTicket } from "../../../../protocol/ticket.ts";
import type { MlsGroup } from "../../../core/mls-engine.ts";

export type TicketFailureCode = "ticket-invalid" | "ticket-other-identity" | "ticket-withdrawn";

/**
 * Whether a ticket holds for an identity, in a group under its present policy. SPEC TICKET-3.
 *
 * No clock is asked: a delegation holds while the policy lists it. Bans are not looked at.
 */
export async function judgeTicket(
  { roomId, groupId, policy }: Pick<MlsGroup, "roomId" | "groupId" | "policy">,
  ticket: Ticket,
  identityKey: Uint8Array,
): Promise<Result<undefined, { readonly code: TicketFailureCode }>> {
  if (!equalBytes(ticket.identityKey, identityKey)) return fail("ticket-other-identity");
  const signer = await verifyTicket({ roomId, groupId }, ticket);
  if (signer === undefined) return fail("ticket-invalid");
  return isSignerListed(policy.roles, signer) ? ok(undefined) : fail("ticket-withdrawn");
}
