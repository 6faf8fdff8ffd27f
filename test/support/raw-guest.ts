import { type ClientMessage, clientMessageCodec } from "../../protocol/client-messages.ts";
import { SOCKET_PROTOCOL } from "../../protocol/message-codec.ts";
import { type RoomMessage, roomMessageCodec } from "../../protocol/room-messages.ts";
import { pollUntil } from "./poll.ts";
import { edgeAt, getToken, makeDevice, type MadeRoom, proveSocket } from "./room-client-keys.ts";

const PATIENCE_MS = 10_000;
type Heard<Type extends RoomMessage["type"]> = Extract<RoomMessage, { readonly type: Type }>;

/** Somebody with the link and no browser, who says to the room whatever they like. */
export type RawGuest = {
  readonly send: (message: ClientMessage) => void;
  readonly sendBytes: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** The newest message of a type, once there is one. */
  readonly hears: <Type extends RoomMessage["type"]>(type: Type) => Promise<Heard<Type>>;
  readonly heard: () => readonly RoomMessage[];
  /** Code and reason, once the room has closed the socket. */
  readonly isClosed: () => Promise<{ readonly code: number; readonly reason: string }>;
  readonly close: () => void;
};

/** Opens a socket to a real room and answers its challenge. */
export async function startRawGuest(url: string, room: MadeRoom): Promise<RawGuest> {
  const device = await makeDevice();
  const { token } = await getToken(edgeAt(url), room, device);
  const address = new URL(`/api/rooms/${room.roomId}/socket`, url);
  address.protocol = "ws:";
  const socket = new WebSocket(address, [SOCKET_PROTOCOL, token]);
  socket.binaryType = "arraybuffer";
  const messages: RoomMessage[] = [];
  let closed: { readonly code: number; readonly reason: string } | undefined;
  socket.addEventListener("close", ({ code, reason }) => {
    closed = { code, reason };
  });
  socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (!(data instanceof ArrayBuffer)) return;
    const message = roomMessageCodec.decode(new Uint8Array(data));
    if (message.ok) messages.push(message.value);
  });
  const hears = async <Type extends RoomMessage["type"]>(type: Type): Promise<Heard<Type>> => {
    const find = (): RoomMessage | undefined =>
      messages.findLast((message) => message.type === type);
    await pollUntil(
      `${type} from the room`,
      () => Promise.resolve(find() !== undefined),
      PATIENCE_MS,
    );
    return find() as Heard<Type>;
  };
  const guest: RawGuest = {
    send: (message) => socket.send(clientMessageCodec.encode(message)),
    sendBytes: (bytes) => socket.send(bytes),
    hears,
    heard: () => messages,
    isClosed: async () => {
      await pollUntil(
        "the socket to be closed",
        () => Promise.resolve(closed !== undefined),
        PATIENCE_MS,
      );
      return closed ?? { code: 0, reason: "" };
    },
    close: () => socket.close(),
  };
  const { nonce } = await hears("challenge");
  guest.send({
    type: "prove",
    roomDeviceKey: device.keys.publicKey,
    signature: await proveSocket(room.roomId, device, nonce, token),
  });
  await hears("lobby");
  return guest;
}
