import { toBase64Url } from "../../../protocol/bytes.ts";
import { isSignerListed } from "../../../protocol/delegation.ts";
import { endBoundBytes, endCodec, verifyEnd } from "../../../protocol/end.ts";
import { NO_GROUP_ID } from "../../../protocol/envelope.ts";
import type { Epoch, GroupId, MemberId } from "../../../protocol/ids.ts";
import { type Knock, knockBoundBytes, knockCodec, verifyKnock } from "../../../protocol/knock.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { fail, ok } from "../../../protocol/result.ts";
import { type Ticket, ticketCodec, verifyTicket } from "../../../protocol/ticket.ts";
import type { CallCrypto } from "../../core/call-crypto.ts";
import type { MlsEngine, MlsGroup } from "../../core/mls-engine.ts";
import type { KeyVault } from "../keys/key-vault.ts";
import { sign } from "../keys/signing-key.ts";
import { isBanned } from "../mls/filter/group-policy.ts";
import { judgeTicket } from "../mls/filter/ticket.ts";
import { rememberAdmitted, wasAdmitted } from "./admitted.ts";
import { actingKey, type HostKey, signAsHost } from "./host-keys.ts";
import type { RoomKeys } from "./room-keys.ts";
import { openContent, openPolicy, sealContent } from "./sealed-content.ts";
import {
  findTicket,
  openAdmission,
  sealAdmission,
  sealGroupInfoTo,
  signOwnTicket,
} from "./ticket-box.ts";

type Admission = Pick<
  CallCrypto,
  | "sealKnock"
  | "openKnock"
  | "admit"
  | "admitAll"
  | "takeAdmission"
  | "sealTicket"
  | "answerTicket"
  | "endForAll"
  | "checkEnd"
> & {
  /** The ticket to join a call by: kept, or signed on the spot where this device may. */
  readonly ticketFor: (groupId: GroupId, policy: MlsGroup["policy"]) => Promise<Ticket | undefined>;
  readonly clear: () => void;
};

const NOWHERE = { groupId: NO_GROUP_ID, epoch: 0 as Epoch };

/** Waiting, letting in, and showing that one was let in: SPEC KNOCK-*, TICKET-*, END-*. */
export function createAdmission(options: {
  readonly engine: MlsEngine;
  readonly vault: KeyVault;
  readonly room: () => RoomKeys;
  readonly group: () => MlsGroup | undefined;
}): Admission {
  const { engine, vault, room, group } = options;
  /** Knocks that were opened, newest last. */
  const knocks = new Map<MemberId, Knock>();

  /** The group, and the key that acts in it for the host. */
  const acting = (): { readonly now: MlsGroup; readonly key: HostKey } | undefined => {
    const now = group();
    const key = now === undefined ? undefined : actingKey(room(), now.policy);
    return now === undefined || key === undefined ? undefined : { now, key };
  };

  const ticketFor: Admission["ticketFor"] = async (groupId, policy) => {
    const key = actingKey(room(), policy);
    return key === undefined
      ? findTicket(vault, room().roomId, groupId)
      : signOwnTicket(room(), groupId, key);
  };

  return {
    sealKnock: async ({ name, policy }) => {
      const opened = await openPolicy(room(), policy);
      if (!opened.ok) return opened;
      const { device, identity, ticketKey, roomId } = room();
      const naming = {
        roomDeviceKey: device.publicKey,
        identityKey: identity.publicKey,
        ticketKey: ticketKey.publicKey,
        name,
      };
      const bound = knockBoundBytes(roomId, naming);
      const knock = {
        ...naming,
        deviceSignature: await sign(device, bound),
        identitySignature: await sign(identity, bound),
      };
      return ok(await sealContent(room(), "knock", NOWHERE, knockCodec.encode(knock)));
    },

    openKnock: async ({ from, sealed }) => {
      const opened = await openContent(room(), "knock", sealed);
      if (!opened.ok || opened.value.groupId !== NO_GROUP_ID) return fail("knock-invalid");
      const knock = knockCodec.decode(opened.value.content);
      if (!knock.ok) return fail("knock-invalid");
      const memberId = await verifyKnock(room().roomId, knock.value);
      if (memberId !== from) return fail("knock-invalid");
      knocks.delete(from);
      knocks.set(from, knock.value);
      const [oldest] = knocks.keys();
      if (knocks.size > LIMITS.waiting && oldest !== undefined) knocks.delete(oldest);
      const { identityKey, name } = knock.value;
      const now = group();
      if (now !== undefined && isBanned(now.policy, { identityKey, memberId })) {
        return fail("knock-banned");
      }
      return ok({
        memberId,
        name,
        identityKey: toBase64Url(identityKey),
        wasAdmitted: await wasAdmitted(vault, room().roomId, identityKey),
      });
    },

    admit: async ({ memberId, identityKey }) => {
      const by = acting();
      if (by === undefined) return fail("not-host");
      const knock = knocks.get(memberId);
      // A knock may take another's place while somebody looks at the first.
      if (knock === undefined || toBase64Url(knock.identityKey) !== identityKey) {
        return fail("knock-unknown");
      }
      const sealed = await sealAdmission(engine, by.now, by.key, knock);
      if (sealed === undefined) return fail("knock-unknown");
      await rememberAdmitted(vault, room().roomId, [knock.identityKey]);
      return ok(await sealContent(room(), "admission", by.now, sealed));
    },

    admitAll: async () => {
      const by = acting();
      if (by === undefined) return fail("not-host");
      const others = by.now.members.filter(({ leaf }) => leaf !== by.now.ownLeaf);
      const admissions = [];
      for (const member of others) {
        const sealed = await sealAdmission(engine, by.now, by.key, member);
        // A leaf whose ticket key is none has shut itself out.
        if (sealed === undefined) continue;
        const envelope = await sealContent(room(), "admission", by.now, sealed);
        admissions.push({ to: member.memberId, sealed: envelope });
      }
      const identities = others.map(({ identityKey }) => identityKey);
      await rememberAdmitted(vault, room().roomId, identities);
      return ok(admissions);
    },

    takeAdmission: async (sealed) => {
      const opened = await openContent(room(), "admission", sealed);
      if (!opened.ok) return fail("admission-invalid");
      const ticket = await openAdmission(engine, room(), opened.value.content);
      if (ticket === undefined) return fail("admission-invalid");
      const { roomId } = room();
      const { groupId } = opened.value;
      const now = group();
      if (now !== undefined && now.groupId !== groupId) return fail("admission-invalid");
      // By whom is judged again by every member; what nobody signed is not worth keeping.
      const signer = await verifyTicket({ roomId, groupId }, ticket);
      if (signer === undefined) return fail("admission-invalid");
      await vault.keepRecord(`ticket-of/${roomId}`, ticketCodec.encode(ticket));
      return ok({ groupId });
    },

    sealTicket: async ({ groupId, policy }) => {
      const opened = await openPolicy(room(), policy);
      if (!opened.ok) return opened;
      const ticket = await ticketFor(groupId, opened.value.policy);
      if (ticket === undefined) return fail("no-ticket");
      const place = { groupId, epoch: 0 as Epoch };
      return ok(await sealContent(room(), "ticket", place, ticketCodec.encode(ticket)));
    },

    answerTicket: async ({ from, sealed }) => {
      const now = group();
      if (now === undefined) return fail("ticket-invalid");
      const opened = await openContent(room(), "ticket", sealed);
      const ticket = opened.ok ? ticketCodec.decode(opened.value.content) : opened;
      if (!ticket.ok) return fail("ticket-invalid");
      const { identityKey } = ticket.value;
      const judged = await judgeTicket(now, ticket.value, identityKey);
      if (!judged.ok || isBanned(now.policy, { identityKey, memberId: from })) {
        return fail("ticket-invalid");
      }
      const info = await sealGroupInfoTo(engine, now, ticket.value);
      if (info === undefined) return fail("ticket-invalid");
      const envelope = await sealContent(room(), "ticketed-group-info", now, info);
      return ok({ epoch: now.epoch, sealed: envelope });
    },

    endForAll: async () => {
      const by = acting();
      if (by?.key.role !== "host") return fail("not-host");
      const { roomId, groupId } = by.now;
      const signed = await signAsHost(by.key, endBoundBytes(roomId, groupId));
      return ok(endCodec.encode({ groupId, ...signed }));
    },

    checkEnd: async (bytes) => {
      const now = group();
      const end = endCodec.decode(bytes);
      if (now === undefined || !end.ok) return false;
      const signer = await verifyEnd(now, end.value);
      return signer !== undefined && isSignerListed(now.policy.roles, signer);
    },

    ticketFor,
    clear: () => {
      knocks.clear();
    },
  };
}
