import { toBase64Url } from "../../protocol/bytes.ts";
import { type GroupId, ID_BYTES } from "../../protocol/ids.ts";
import { asksAdmission } from "../../protocol/policy.ts";
import { fail, ok, type Result } from "../../protocol/result.ts";
import type { CallCrypto, CryptoFailure, PendingCommit } from "../core/call-crypto.ts";
import type { Clock } from "../core/clock.ts";
import type { MlsEngine, MlsGroup } from "../core/mls-engine.ts";
import type { FrameKeyring } from "./frames/frame-keyring.ts";
import type { KeyVault } from "./keys/key-vault.ts";
import { createAdmission } from "./session/admission.ts";
import { decodeByeRecord, encodeByeRecord } from "./session/bye-record.ts";
import { type CodeRun, createCodeRun } from "./session/code-run.ts";
import { createCommitSlot, sealCommit } from "./session/commit-slot.ts";
import { deriveEpochKeys } from "./session/epoch-keys.ts";
import { groupView } from "./session/group-view.ts";
import { createLiveGroup, type Live, stillMember } from "./session/live-group.ts";
import { joinFailure } from "./session/join-failure.ts";
import { makeCommit, type MemberPending } from "./session/make-commit.ts";
import { makeRoom } from "./session/new-room.ts";
import { checkHello, makeHello } from "./session/pair-hello.ts";
import { openSignal, sealSignalFrom } from "./session/signals.ts";
import {
  challengeAnswer,
  openRoomKeys,
  type RoomKeys,
  selfLeaf,
  tokenRequestBody,
} from "./session/room-keys.ts";
import { openContent, openPolicy, sealContent } from "./session/sealed-content.ts";
import { openOfferedGroupInfo } from "./session/offered-group-info.ts";
import { createSerialQueue } from "./session/serial-queue.ts";
import { createSignalSequences } from "./session/signal-sequences.ts";

/** Proofs this close are of one run of the clock; one further back is of a clock that was set right. */
const REPEATED_WITHIN_SEC = 60;

export type CallCryptoDeps = {
  readonly engine: MlsEngine;
  readonly vault: KeyVault;
  readonly clock: Clock;
  /** Where every epoch's frame keys go. */
  readonly frames: FrameKeyring;
};

/**
 * A session's keys and group, wherever it runs: the crypto worker in the page, or a test.
 *
 * What a peer, the room or the network did is a `Result`. Out of turn (no room opened, nothing pending)
 * is the caller's mistake, and the promise rejects.
 */
export function createCallCryptoSession({
  engine,
  vault,
  clock,
  frames,
}: CallCryptoDeps): CallCrypto {
  const queue = createSerialQueue();
  const slot = createCommitSlot();
  const sequences = createSignalSequences();
  const group = createLiveGroup({ engine, frames, clock, slot, sequences, queue });
  let openedRoom: RoomKeys | undefined;
  let lastProofSec = 0;
  let lastCodeRun: CodeRun | undefined;

  const room = (): RoomKeys => {
    if (openedRoom === undefined) throw new Error("crypto session: no room is open");
    return openedRoom;
  };
  const live = (): Live => {
    const current = group.current();
    if (current === undefined) throw new Error("crypto session: no group");
    return current;
  };
  const codeRun = (): CodeRun => {
    const { roster } = live();
    if (lastCodeRun?.keys !== roster) lastCodeRun = createCodeRun(room().roomId, roster);
    return lastCodeRun;
  };
  const pend = async (pending: MemberPending): Promise<Result<PendingCommit, CryptoFailure>> => {
    const made = await sealCommit(engine, room(), pending);
    slot.put(made);
    return ok(made.sealed);
  };
  const admission = createAdmission({
    engine,
    vault,
    room,
    group: () => group.current()?.group,
  });

  /** GroupInfo for the room to hand out: none where one must be admitted (SPEC TICKET-6). */
  const handedOut = async (
    now: MlsGroup,
    content: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> =>
    asksAdmission(now.policy) ? undefined : sealContent(room(), "group-info", now, content);

  /** One call at a time, in order: every one of them may read or move the group. */
  const inTurn =
    <Arguments extends readonly unknown[], Answer>(
      work: (...given: Arguments) => Promise<Answer>,
    ) =>
    (...given: Arguments): Promise<Answer> =>
      queue(() => work(...given));

  return {
    newRoom: inTurn(async ({ mode }) => {
      if (!hasEd25519()) return fail("webcrypto-unavailable");
      return ok(await makeRoom(vault, mode));
    }),

    openRoom: inTurn(async (options) => {
      if (!hasEd25519()) return fail("webcrypto-unavailable");
      const opened = await openRoomKeys(vault, options);
      if (!opened.ok) return opened;
      group.end();
      admission.clear();
      openedRoom = opened.value;
      return ok({ memberId: openedRoom.memberId, kept: openedRoom.kept });
    }),

    tokenRequest: inTurn((atSec) => {
      // The edge takes a proof once, and one of the same second would be the same: leaving and rejoining is quick.
      const isRepeated = atSec <= lastProofSec && lastProofSec - atSec < REPEATED_WITHIN_SEC;
      lastProofSec = isRepeated ? lastProofSec + 1 : atSec;
      return tokenRequestBody(room(), lastProofSec);
    }),
    dropHostLink: inTurn(async () => {
      await vault.keepRecord(`delegation/${room().roomId}`, undefined);
      if (room().hostKey?.delegation !== undefined) {
        openedRoom = { ...room(), hostKey: undefined };
      }
    }),
    prove: inTurn((challenge) => challengeAnswer(room(), challenge)),

    createGroup: inTurn(async (sealedPolicy) => {
      const policy = await openPolicy(room(), sealedPolicy);
      if (!policy.ok) return policy;
      const groupId = newGroupId();
      const made = await engine.createGroup({
        roomId: room().roomId,
        groupId,
        signedPolicy: policy.value.signedPolicy,
        self: await selfLeaf(room(), groupId),
      });
      if (!made.ok) return fail(joinFailure(made.error));
      const groupInfo = await handedOut(made.value.group, made.value.groupInfo);
      room().policyFloor.raise(made.value.group.policy.serial);
      group.enter(made.value.group, await deriveEpochKeys(engine, made.value.group));
      return ok({ groupInfo, view: groupView(room(), made.value.group) });
    }),

    prepareJoin: inTurn(async (offered) => {
      const policy = await openPolicy(room(), offered.policy);
      if (!policy.ok) return policy;
      const opened = await openOfferedGroupInfo(engine, room(), offered.groupInfo);
      if (!opened.ok) return opened;
      const { groupId, epoch, content } = opened.value;
      const joined = await engine.joinByExternalCommit({
        roomId: room().roomId,
        groupId,
        groupInfo: content,
        self: await selfLeaf(room(), groupId),
        policyFloor: Math.max(room().policyFloor.serial(), policy.value.policy.serial),
        ticket: await admission.ticketFor(groupId, policy.value.policy),
      });
      if (!joined.ok) return fail(joinFailure(joined.error));
      if (joined.value.group.epoch !== epoch + 1) return fail("group-info-invalid");
      return pend({ pending: joined.value });
    }),

    prepareCommit: inTurn(async (commit) => {
      const current = group.current();
      if (current === undefined) return fail("no-group");
      const pending = await makeCommit(engine, room(), current.group, commit);
      return pending.ok ? pend(pending.value) : pending;
    }),

    installPending: inTurn(async () => {
      const made = slot.waiting();
      if (made === undefined) throw new Error("crypto session: nothing is pending");
      return group.install(room(), made);
    }),

    discardPending: inTurn(async () => {
      slot.giveUp();
    }),

    judge: inTurn((entry) => group.judge(room(), entry)),

    groupInfo: inTurn(async () => {
      const { group: now } = live();
      return { epoch: now.epoch, groupInfo: await handedOut(now, await engine.groupInfo(now)) };
    }),

    sealKnock: inTurn(admission.sealKnock),
    openKnock: inTurn(admission.openKnock),
    admit: inTurn(admission.admit),
    admitAll: inTurn(admission.admitAll),
    takeAdmission: inTurn(admission.takeAdmission),
    sealTicket: inTurn(admission.sealTicket),
    answerTicket: inTurn(admission.answerTicket),
    endForAll: inTurn(admission.endForAll),
    checkEnd: inTurn(admission.checkEnd),

    sealSignal: inTurn(({ toLeaf, body, pending }) => {
      const made = pending ? slot.waiting() : undefined;
      if (pending && made === undefined) throw new Error("crypto session: nothing is pending");
      const keys = made?.keys ?? live().keys;
      return sealSignalFrom({ room: room(), keys, sequences, toLeaf, body });
    }),

    openSignal: inTurn((bytes) => openSignal(room(), sequences, group.current(), bytes)),

    pairHello: inTurn((peerLeaf) => makeHello(room().roomId, live().keys, peerLeaf)),

    checkPairHello: inTurn(async (peerLeaf, hello) => {
      const current = group.current();
      if (current === undefined) return false;
      return checkHello(room().roomId, current.history.at, peerLeaf, hello);
    }),

    statement: inTurn(async () => live().keys.statement),

    checkStatement: inTurn(async (statement) => {
      return group.current()?.history.compare(statement) ?? "unknown";
    }),

    sealCast: inTurn(async (content) => {
      const sealed = await engine.encryptApplication(live().group, content);
      group.replace(sealed.group);
      return sealContent(room(), "cast", sealed.group, sealed.message);
    }),

    openCast: inTurn(async (cast) => {
      const current = group.current();
      if (current === undefined) return fail("cast-unopened");
      const envelope = await openContent(room(), "cast", cast);
      if (!envelope.ok || envelope.value.groupId !== current.group.groupId)
        return fail("cast-unopened");
      const opened = await engine.decryptApplication(current.group, envelope.value.content);
      if (!opened.ok) return fail("cast-unopened");
      group.replace(opened.value.group);
      const sender = stillMember(current, opened.value.sender);
      if (sender === undefined) return fail("cast-unopened");
      const { content } = opened.value;
      return ok({ fromLeaf: sender.leaf, from: sender.memberId, content });
    }),

    sealBye: inTurn(async () => {
      const { group: now } = live();
      const record = encodeByeRecord(now.groupId, await engine.signBye(now));
      return sealContent(room(), "bye", now, record);
    }),

    openBye: inTurn(async (sealed) => {
      const current = group.current();
      if (current === undefined) return fail("bye-invalid");
      const envelope = await openContent(room(), "bye", sealed);
      if (!envelope.ok) return fail("bye-invalid");
      const bye = envelope.value.content;
      const said = decodeByeRecord(current.group.groupId, bye);
      if (said === undefined || !(await engine.verifyBye(current.group, said)))
        return fail("bye-invalid");
      const member = current.keys.members.get(said.leaf);
      if (member === undefined) return fail("bye-invalid");
      return ok({ leaf: said.leaf, from: member.memberId, bye });
    }),

    codeCommit: inTurn(() => codeRun().commit()),
    codeReveal: inTurn(async (given) => codeRun().reveal(given)),
    codeOpen: inTurn((given) => codeRun().open(given)),

    bindLink: inTurn(async (link) => {
      frames.bindLink(link);
    }),
    confirmEpoch: inTurn(async (peer) => {
      frames.confirmEpoch(peer);
    }),
    endGroup: inTurn(async () => {
      group.end();
    }),
    // A session that runs is not lost; who starts it elsewhere notices when it is.
    onLost: () => undefined,
  };
}

/** WebCrypto is there only in secure contexts. */
const hasEd25519 = (): boolean => (globalThis.crypto as Crypto | undefined)?.subtle !== undefined;

const newGroupId = (): GroupId =>
  toBase64Url(crypto.getRandomValues(new Uint8Array(ID_BYTES))) as GroupId;
