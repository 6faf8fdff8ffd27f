import * as v from "valibot";
import { fromBase64Url, sha256, toBase64Url, utf8 } from "./bytes.ts";

/** Bytes of a room, member and group id. */
export const ID_BYTES = 16;

const idText = (name: string) =>
  v.pipe(
    v.string(),
    v.length(22, `${name}: expected 22 base64url characters`),
    v.check((text) => fromBase64Url(text) !== undefined, `${name}: expected base64url`),
  );

/** 22 base64url characters: `SHA-256("sotto room v1" ‖ hostPublicKey)[0..16]`. */
export const roomIdSchema = v.pipe(idText("room id"), v.brand("RoomId"));
export type RoomId = v.InferOutput<typeof roomIdSchema>;

/** 22 base64url characters: `SHA-256(roomDeviceKey)[0..16]`. What the server sees of a device, for one room. */
export const memberIdSchema = v.pipe(idText("member id"), v.brand("MemberId"));
export type MemberId = v.InferOutput<typeof memberIdSchema>;

/** 22 base64url characters of 16 random bytes, made anew for each call. */
export const groupIdSchema = v.pipe(idText("group id"), v.brand("GroupId"));
export type GroupId = v.InferOutput<typeof groupIdSchema>;

/** MLS epoch. Calls end long before 2^53. */
export const epochSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.brand("Epoch"));
export type Epoch = v.InferOutput<typeof epochSchema>;

/** Place of an entry in a group's commit log, counted by the room from 1. */
export const seqSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.brand("Seq"));
export type Seq = v.InferOutput<typeof seqSchema>;

/** MLS leaf index. 1023 is not used: `copy` in the SFrame KID is leaf + 1 in ten bits. */
export const leafIndexSchema = v.pipe(
  v.number(),
  v.safeInteger(),
  v.minValue(0),
  v.maxValue(1022),
  v.brand("LeafIndex"),
);
export type LeafIndex = v.InferOutput<typeof leafIndexSchema>;

/** The room id that belongs to a host's Ed25519 public key (32 bytes). */
export async function deriveRoomId(hostPublicKey: Uint8Array): Promise<RoomId> {
  const digest = await sha256(utf8("sotto room v1"), hostPublicKey);
  return v.parse(roomIdSchema, toBase64Url(digest.subarray(0, ID_BYTES)));
}

/** The member id that belongs to a room device's Ed25519 public key (32 bytes). */
export async function deriveMemberId(roomDeviceKey: Uint8Array): Promise<MemberId> {
  const digest = await sha256(roomDeviceKey);
  return v.parse(memberIdSchema, toBase64Url(digest.subarray(0, ID_BYTES)));
}
