import type { LeafIndex, Seq } from "../../../../protocol/ids.ts";
import { fromBase64Url } from "../../../../protocol/bytes.ts";
import type { CallCrypto, PendingCommit } from "../../../../web/core/call-crypto.ts";
import type { CryptoWorkerClient } from "../../../../web/io/crypto-worker-client.ts";

function unwrap<Value>(
  result:
    | { readonly ok: true; readonly value: Value }
    | { readonly ok: false; readonly error: { readonly code: string } },
): Value {
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}

const entryOf = (pending: PendingCommit, seq: number): Parameters<CallCrypto["judge"]>[0] => ({
  seq: seq as Seq,
  epoch: pending.epoch,
  commit: pending.commit,
  doorChange: pending.doorChange,
});

/**
 * Somebody knocks, is let in, reloads, joins by the ticket that was kept, and is put out with a new link.
 *
 * Each member's keys are in a worker of its own; `restart` ends the guest's and starts another of the same profile.
 */
export async function admitAndReload(
  host: CryptoWorkerClient,
  restart: () => CryptoWorkerClient,
): Promise<readonly string[]> {
  const seen: string[] = [];
  const made = unwrap(await host.crypto.newRoom({ mode: "knock" }));
  const { roomId, secret } = made;
  const policy = fromBase64Url(made.body.sealedPolicy);
  if (policy === undefined) throw new Error("expected base64url");
  const open = { roomId, secret, dtlsFingerprint: new Uint8Array(32), policyFloor: 0 };
  unwrap(await host.crypto.openRoom(open));
  const { view, groupInfo } = unwrap(await host.crypto.createGroup(policy));
  seen.push(groupInfo === undefined ? "nothing handed out" : "handed out");

  const before = restart();
  const { memberId: from } = unwrap(await before.crypto.openRoom(open));
  const sealed = unwrap(await before.crypto.sealKnock({ name: "Ada", policy }));
  const knock = unwrap(await host.crypto.openKnock({ from, sealed }));
  seen.push(knock.name);
  unwrap(await before.crypto.takeAdmission(unwrap(await host.crypto.admit(knock))));

  const { crypto } = restart();
  unwrap(await crypto.openRoom(open));
  const ticket = unwrap(await crypto.sealTicket({ groupId: view.groupId, policy }));
  const answer = unwrap(await host.crypto.answerTicket({ from, sealed: ticket }));
  const join = unwrap(await crypto.prepareJoin({ groupInfo: answer.sealed, policy }));
  await crypto.installPending();
  seen.push((await host.crypto.judge(entryOf(join, 1))).type);

  const unlock = { kind: "policy", changes: { mode: "open" } } as const;
  const opening = unwrap(await host.crypto.prepareCommit(unlock));
  await host.crypto.installPending();
  seen.push((await crypto.judge(entryOf(opening, 2))).type);
  const kick = { kind: "kick", leaves: [1 as LeafIndex] } as const;
  const kicked = unwrap(await host.crypto.prepareCommit(kick));
  const { newSecret } = await host.crypto.installPending();
  seen.push(newSecret === undefined ? "the same link" : "a new link");
  const verdict = await crypto.judge(entryOf(kicked, 3));
  seen.push(verdict.type === "applied" && verdict.newSecret === undefined ? "out" : verdict.type);
  return seen;
}
