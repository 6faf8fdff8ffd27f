import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** RFC 7983: what a packet is, by its first byte. */
const isMedia = (packet: Uint8Array): boolean => {
  const first = packet[0] ?? 0;
  return first >= 128 && first <= 191;
};
/** RFC 8656 §12.4: two bytes channel number, two bytes length, then the packet. */
const CHANNEL_HEADER_BYTES = 4;
const isChannelData = (message: Uint8Array): boolean => {
  const first = message[0] ?? 0;
  return first >= 0x40 && first <= 0x7f;
};

/** What the relay changes of what it carries: nothing, pictures and sound, or all between the two ends. */
export type Rewriting = "nothing" | "media" | "everything";

/** A TURN server whose operator changes packets: a way to a real one that turns over one bit in the middle of each. */
export type RewritingRelay = {
  /** For `TURN_URLS`. */
  readonly url: string;
  readonly rewrite: (what: Rewriting) => void;
  /** Packets it has changed. */
  readonly rewritten: () => number;
  readonly close: () => void;
};

export async function startRewritingRelay(turnPort: number): Promise<RewritingRelay> {
  let rewriting: Rewriting = "nothing";
  let rewritten = 0;
  const ways = new Map<number, Socket>();

  function pass(message: Buffer): Buffer {
    if (rewriting === "nothing" || !isChannelData(message)) return message;
    const packet = message.subarray(CHANNEL_HEADER_BYTES);
    if (rewriting === "media" && !isMedia(packet)) return message;
    const at = Math.floor(packet.length / 2);
    packet.writeUInt8(packet.readUInt8(at) ^ 1, at);
    rewritten += 1;
    return message;
  }

  const front = createSocket("udp4");
  front.on("message", (message, { port }) => {
    let way = ways.get(port);
    if (way === undefined) {
      way = createSocket("udp4");
      // A packet between two who are both here passes twice: it is changed on its way in.
      way.on("message", (answer) => front.send(answer, port, "127.0.0.1"));
      ways.set(port, way);
    }
    way.send(pass(message), turnPort, "127.0.0.1");
  });
  front.bind(0, "127.0.0.1");
  await once(front, "listening");
  return {
    url: `turn:127.0.0.1:${front.address().port}?transport=udp`,
    rewrite: (what) => {
      rewriting = what;
    },
    rewritten: () => rewritten,
    close: () => {
      front.close();
      for (const way of ways.values()) way.close();
    },
  };
}
