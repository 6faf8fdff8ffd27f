import { describe, expect, it } from "vitest";
import { toBase64Url } from "../../protocol/bytes.ts";
import {
  createRoomBody,
  makeRoom,
  makeSigningKeys,
  postJson,
  sign,
  signDoorPolicy,
} from "../support/room-client-keys.ts";
import { boundBytes, LABELS } from "../../protocol/labels.ts";
import {
  doorPolicyCodec,
  policyBoundBytes,
  signedPolicyCodec,
  verifyDoorPolicy,
} from "../../protocol/policy.ts";
import { edgeUnderTest } from "./edge-under-test.ts";

const answerOf = async (response: Response) => ({
  status: response.status,
  body: await response.json(),
});

/** The door policy of a room with some fields changed, signed by its host key. */
async function changedDoorPolicy(
  room: Awaited<ReturnType<typeof makeRoom>>,
  changes: object,
  signer = room.hostKeys,
) {
  const signed = signedPolicyCodec.decode(room.doorPolicy);
  const policy = signed.ok ? doorPolicyCodec.decode(signed.value.body) : signed;
  if (!policy.ok) throw new TypeError("door policy: expected a readable one");
  return await signDoorPolicy(signer, { ...policy.value, ...changes });
}

describe("POST /api/rooms", () => {
  it("[HTTP-1] a new room is made, and named after its host key", async () => {
    const edge = edgeUnderTest();
    const room = await makeRoom();
    const response = await postJson(edge, "/api/rooms", await createRoomBody(room));
    expect(await answerOf(response)).toEqual({ status: 201, body: { roomId: room.roomId } });
  });

  it("[HTTP-1] the same body again is answered 200 and changes nothing", async () => {
    const edge = edgeUnderTest();
    const room = await makeRoom();
    const body = await createRoomBody(room);
    await postJson(edge, "/api/rooms", body);
    const again = await postJson(edge, "/api/rooms", body);
    expect(await answerOf(again)).toEqual({ status: 200, body: { roomId: room.roomId } });
  });

  it("[HTTP-1] another body under the same id is refused", async () => {
    const edge = edgeUnderTest();
    const room = await makeRoom();
    await postJson(edge, "/api/rooms", await createRoomBody(room));
    const doorPolicy = await changedDoorPolicy(room, { capacity: 3 });
    const other = await createRoomBody({ ...room, doorPolicy });
    const response = await postJson(edge, "/api/rooms", other);
    expect(await answerOf(response)).toEqual({ status: 409, body: { code: "room-exists" } });
  });

  it("[SIGN-1] a signature by another key is refused", async () => {
    const room = await makeRoom();
    const stranger = await makeSigningKeys();
    const body = await createRoomBody({
      ...room,
      hostKeys: { ...room.hostKeys, privateKey: stranger.privateKey },
    });
    const response = await postJson(edgeUnderTest(), "/api/rooms", body);
    expect(await answerOf(response)).toEqual({ status: 403, body: { code: "signature-invalid" } });
  });

  it.each(["accessHash", "sealedPolicy", "doorPolicy"])(
    "[SIGN-1] the signature covers %s",
    async (field) => {
      const body = await createRoomBody(await makeRoom());
      const other = await createRoomBody(await makeRoom());
      const response = await postJson(edgeUnderTest(), "/api/rooms", {
        ...body,
        [field]: other[field],
      });
      expect(await answerOf(response)).toEqual({
        status: 403,
        body: { code: "signature-invalid" },
      });
    },
  );

  it("[HTTP-1] a door policy of another room is refused", async () => {
    const room = await makeRoom();
    const { roomId } = await makeRoom();
    const doorPolicy = await changedDoorPolicy(room, { roomId });
    const body = await createRoomBody({ ...room, doorPolicy });
    const response = await postJson(edgeUnderTest(), "/api/rooms", body);
    expect(await answerOf(response)).toEqual({ status: 400, body: { code: "room-id-mismatch" } });
  });

  it("[HTTP-1] a door policy signed by another than the host key is refused", async () => {
    const room = await makeRoom();
    const doorPolicy = await changedDoorPolicy(room, {}, await makeSigningKeys());
    const body = await createRoomBody({ ...room, doorPolicy });
    const response = await postJson(edgeUnderTest(), "/api/rooms", body);
    expect(await answerOf(response)).toEqual({ status: 403, body: { code: "signature-invalid" } });
  });

  it("[HTTP-1] a door policy signed by a delegate of the host key is refused: a room begins with its host", async () => {
    const room = await makeRoom();
    const delegate = await makeSigningKeys();
    const signed = signedPolicyCodec.decode(room.doorPolicy);
    if (!signed.ok) throw new TypeError("door policy: expected a readable one");
    const { body } = signed.value;
    const terms = { role: "co-host", serial: 1, expiresAtSec: 4_000_000_000 } as const;
    const doorPolicy = signedPolicyCodec.encode({
      body,
      signer: delegate.publicKey,
      signature: await sign(delegate, policyBoundBytes("door", room.roomId, body)),
      delegation: {
        delegateKey: delegate.publicKey,
        ...terms,
        hostKey: room.hostKeys.publicKey,
        signature: await sign(
          room.hostKeys,
          boundBytes(
            LABELS.delegation,
            room.roomId,
            delegate.publicKey,
            terms.role,
            terms.serial,
            terms.expiresAtSec,
          ),
        ),
      },
    });
    expect(await verifyDoorPolicy(room.roomId, doorPolicy)).toMatchObject({ ok: true });
    const response = await postJson(
      edgeUnderTest(),
      "/api/rooms",
      await createRoomBody({ ...room, doorPolicy }),
    );
    expect(await answerOf(response)).toEqual({ status: 403, body: { code: "signature-invalid" } });
  });

  it("[HTTP-1] a first door policy with a serial above 0 is refused", async () => {
    const room = await makeRoom();
    const doorPolicy = await changedDoorPolicy(room, { serial: 1 });
    const body = await createRoomBody({ ...room, doorPolicy });
    const response = await postJson(edgeUnderTest(), "/api/rooms", body);
    expect(await answerOf(response)).toEqual({ status: 400, body: { code: "body-malformed" } });
  });

  it("a door policy that is none is refused", async () => {
    const room = await makeRoom();
    const doorPolicy = new Uint8Array([0xa0, 0x00]);
    const body = await createRoomBody({ ...room, doorPolicy });
    const response = await postJson(edgeUnderTest(), "/api/rooms", body);
    expect(await answerOf(response)).toEqual({ status: 400, body: { code: "body-malformed" } });
  });

  it("[HTTP-4] a body with a field too many, too few, too long or not base64url is refused, and not repeated", async () => {
    const edge = edgeUnderTest({ vars: { EDGE_LIMITS: '{"createPerMinute":100}' } });
    const body = await createRoomBody(await makeRoom());
    const { signature: _, ...unsigned } = body;
    const bodies = [
      { ...body, surprise: "boo" },
      unsigned,
      { ...body, hostPublicKey: toBase64Url(new Uint8Array(33)) },
      { ...body, hostPublicKey: `${"A".repeat(42)}*` },
      // The last character carries bits that belong to no byte.
      { ...body, hostPublicKey: `${"A".repeat(42)}B` },
      { ...body, accessHash: 7 },
      [body],
      "boo",
    ];
    for (const malformed of bodies) {
      const response = await edge.fetch(`${edge.origin}/api/rooms`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(malformed),
      });
      expect(await answerOf(response)).toEqual({ status: 400, body: { code: "body-malformed" } });
    }
  });
});
