import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../../protocol/bytes.ts";
import { verifyEd25519 } from "../../../protocol/ed25519.ts";
import { importEnvelopeKey, openEnvelope } from "../../../protocol/envelope.ts";
import { createRoomSchema, tokenRequestSchema } from "../../../protocol/http.ts";
import { deriveMemberId, deriveRoomId } from "../../../protocol/ids.ts";
import { boundBytes, LABELS } from "../../../protocol/labels.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { deriveLinkKeys } from "../../../protocol/link.ts";
import { verifyDoorPolicy, verifyGroupPolicy } from "../../../protocol/policy.ts";
import { createMemoryVault } from "../../../web/crypto-worker/keys/memory-vault.ts";
import { createInProcessCrypto } from "../../support/crypto-session.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { unwrap } from "./members.ts";

async function newRoom() {
  const vault = createMemoryVault();
  const { crypto } = createInProcessCrypto({ clock: createManualClock(), vault });
  const made = unwrap(await crypto.newRoom({ mode: "open" }));
  const body = v.parse(createRoomSchema, made.body);
  const link = await deriveLinkKeys(made.secret);
  const dtlsFingerprint = new Uint8Array(32);
  const { roomId, secret } = made;
  const { memberId } = unwrap(
    await crypto.openRoom({ roomId, secret, dtlsFingerprint, policyFloor: 0 }),
  );
  return { crypto, vault, made, body, link, memberId };
}

describe("a new room", () => {
  it("[SIGN-1] is named after its host key and signed by it over all the edge is given", async () => {
    const { made, body, link } = await newRoom();
    expect(await deriveRoomId(body.hostPublicKey)).toBe(made.roomId);
    expect(body.accessHash).toEqual(link.accessHash);
    const bound = boundBytes(
      LABELS.create,
      made.roomId,
      body.hostPublicKey,
      body.accessHash,
      body.doorPolicy,
      await sha256(body.sealedPolicy),
    );
    expect(await verifyEd25519(body.hostPublicKey, body.signature, bound)).toBe(true);
  });

  it("[POLICY-2] is open at the door, serial 0, its creator's device the host", async () => {
    const { made, body, memberId } = await newRoom();
    const { policy, signer } = unwrap(await verifyDoorPolicy(made.roomId, body.doorPolicy));
    expect(policy).toEqual({
      roomId: made.roomId,
      serial: 0,
      mode: "open",
      locked: false,
      bannedMemberIds: [],
      roles: [{ memberId, role: "host" }],
      capacity: LIMITS.callMembers,
    });
    expect(signer.delegation).toBeUndefined();
  });

  it("[ENV-2] carries the group policy sealed, with the creator's identity as host", async () => {
    const { made, body, link, vault, memberId } = await newRoom();
    const key = await importEnvelopeKey(link.envelope);
    const { header, content } = unwrap(
      await openEnvelope(key, made.roomId, "policy", body.sealedPolicy),
    );
    expect(header).toEqual({
      generation: 0,
      kind: "policy",
      groupId: "AAAAAAAAAAAAAAAAAAAAAA",
      epoch: 0,
    });
    const { policy } = unwrap(await verifyGroupPolicy(made.roomId, content));
    const identity = await vault.loadOrMake("identity");
    expect(policy.roles).toEqual([
      { identityKey: identity.key.publicKey, memberId, role: "host", delegationSerial: 0 },
    ]);
    expect(policy).toMatchObject({ serial: 0, mode: "open", locked: false, bans: [] });
  });

  it("keeps its host key where nobody can read it", async () => {
    const { made, vault, body } = await newRoom();
    const { key } = await vault.loadOrMake(`host/${made.roomId}`);
    expect(key.publicKey).toEqual(body.hostPublicKey);
    expect(key.privateKey.extractable).toBe(false);
  });
});

describe("what the room and the edge are shown", () => {
  it("[SIGN-8] a token request proves the device over access and time", async () => {
    const { crypto, made, link, memberId } = await newRoom();
    const request = v.parse(tokenRequestSchema, await crypto.tokenRequest(1_800_000_000));
    expect(request.access).toEqual(link.access);
    expect(await deriveMemberId(request.roomDeviceKey)).toBe(memberId);
    const bound = boundBytes(LABELS.token, made.roomId, link.accessHash, 1_800_000_000);
    expect(await verifyEd25519(request.roomDeviceKey, request.proof, bound)).toBe(true);
  });

  it("[HTTP-2] no two requests are of one second, and a clock that is set right is believed", async () => {
    const { crypto } = await newRoom();
    const seconds = [];
    for (const atSec of [7_200, 7_200, 7_200, 7_201, 3_600]) {
      seconds.push((await crypto.tokenRequest(atSec)).atSec);
    }
    expect(seconds).toEqual([7_200, 7_201, 7_202, 7_203, 3_600]);
  });

  it("[SIGN-9] a challenge is answered over nonce and token id", async () => {
    const { crypto, made, memberId } = await newRoom();
    const nonce = new Uint8Array(32).fill(3);
    const answer = await crypto.prove({ nonce, jti: "token" });
    expect(await deriveMemberId(answer.roomDeviceKey)).toBe(memberId);
    const bound = boundBytes(LABELS.socket, made.roomId, nonce, "token");
    expect(await verifyEd25519(answer.roomDeviceKey, answer.signature, bound)).toBe(true);
  });
});
