import {
  type CipherSuite,
  createReceiver,
  createSender,
  type ReceiverOptions,
  type Result,
  type SenderOptions,
  type SframeReceiver,
  type SframeSender,
} from "../src/index.ts";
import { type Bytes, fromHex } from "./bytes.ts";

export const BASE_KEY: Bytes = fromHex("000102030405060708090a0b0c0d0e0f");
export const KID = 291;

type PairOptions = Partial<Pick<SenderOptions, "kid" | "firstCounter">> &
  Omit<Partial<ReceiverOptions>, "cipherSuite"> & { readonly cipherSuite?: CipherSuite };

/** A sender, and a receiver that holds its key. */
export async function makePair({
  cipherSuite = "AES_128_GCM_SHA256_128",
  kid = KID,
  firstCounter = 0,
  ...receiverOptions
}: PairOptions = {}): Promise<{ sender: SframeSender; receiver: SframeReceiver }> {
  const sender = await createSender({ cipherSuite, baseKey: BASE_KEY, kid, firstCounter });
  const receiver = createReceiver({ cipherSuite, ...receiverOptions });
  await receiver.addKey({ kid, baseKey: BASE_KEY });
  return { sender, receiver };
}

/** The value of a success; a failure fails the test by its code. */
export async function valueOf<Value, Failure extends { readonly code: string }>(
  pending: Promise<Result<Value, Failure>>,
): Promise<Value> {
  const result = await pending;
  if (!result.ok) throw new Error(`unexpected ${result.error.code}`);
  return result.value;
}

/** The code of a failure; a success fails the test. */
export async function codeOf<Value, Failure extends { readonly code: string }>(
  pending: Promise<Result<Value, Failure>>,
): Promise<Failure["code"]> {
  const result = await pending;
  if (result.ok) throw new Error("unexpected success");
  return result.error.code;
}
