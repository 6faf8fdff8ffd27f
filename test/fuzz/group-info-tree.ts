// What a link's holder can put into a GroupInfo: any tree, whatever its spelling.
import { decodeMlsMessage, encodeMlsMessage } from "ts-mls/message.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** RFC 9000 §16, as RFC 9420 §2.1.2 takes it for lengths. */
const lengthOf = (size: number): readonly number[] =>
  size < 64
    ? [size]
    : size < 16_384
      ? [0x40 | (size >> 8), size & 255]
      : [0x80 | (size >> 24), (size >> 16) & 255, (size >> 8) & 255, size & 255];

/** The same GroupInfo with the nodes of its ratchet tree changed, as bytes behind their length; nothing is signed anew. */
export function withTree(
  groupInfo: Bytes,
  change: (nodes: Bytes) => Uint8Array,
  behind = 0,
): Bytes {
  const message = decodeMlsMessage(groupInfo, 0)?.[0];
  if (message?.wireformat !== "mls_group_info") throw new TypeError("expected a GroupInfo");
  const extensions = message.groupInfo.extensions.map((extension) => {
    if (extension.extensionType !== "ratchet_tree") return extension;
    const data = new Uint8Array(extension.extensionData);
    const nodes = change(
      data.slice(data[0] === undefined || data[0] < 64 ? 1 : data[0] < 128 ? 2 : 4),
    );
    const extensionData = Uint8Array.from([
      ...lengthOf(nodes.length),
      ...nodes,
      ...new Uint8Array(behind),
    ]);
    return { ...extension, extensionData };
  });
  const changed = { ...message, groupInfo: { ...message.groupInfo, extensions } };
  return new Uint8Array(encodeMlsMessage(changed));
}

/** A parent node (RFC 9420 §7.8) with a key of its own, naming these unmerged leaves. */
export const parentNode = (unmergedLeaves: readonly number[] = []): Uint8Array =>
  Uint8Array.from([
    1,
    2,
    32,
    ...new Uint8Array(32).fill(9),
    0,
    ...lengthOf(unmergedLeaves.length * 4),
    ...unmergedLeaves.flatMap((leaf) => [0, 0, leaf >> 8, leaf & 255]),
  ]);
