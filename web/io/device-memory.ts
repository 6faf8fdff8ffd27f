import { fromBase64Url } from "../../protocol/bytes.ts";
import { isPlainText } from "../../protocol/display-text.ts";
import { ID_BYTES } from "../../protocol/ids.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { DeviceMemory, VerifiedPerson } from "../core/device-memory.ts";
import type { KeptText } from "./kept-text.ts";

/** What this device remembers, by the texts that it and the tab keep. */
export function createDeviceMemory(kept: KeptText, keptInTab: KeptText): DeviceMemory {
  return {
    name: () => kept.get("name"),
    rememberName: (name) => kept.set("name", name),
    policySerial: (roomId) => {
      const serial = Number(kept.get(`policy.${roomId}`) ?? 0);
      // Altered by hand, it counts as never seen.
      return Number.isSafeInteger(serial) && serial >= 0 ? serial : 0;
    },
    rememberPolicySerial: (roomId, serial) => kept.set(`policy.${roomId}`, String(serial)),
    isKnocking: (roomId) => keptInTab.get("knocking") === roomId,
    rememberKnocking: (roomId, isKnocking) => keptInTab.set("knocking", isKnocking ? roomId : ""),
    isToldOfHostKey: () => kept.get("told-of-host-key") === "yes",
    rememberToldOfHostKey: () => kept.set("told-of-host-key", "yes"),
    verified: () => readVerified(kept.get("verified")),
    rememberVerified: (people) => kept.set("verified", JSON.stringify(people)),
    preferAv1: () => kept.get("prefer-av1") === "yes",
    rememberAv1: (prefer) => kept.set("prefer-av1", prefer ? "yes" : "no"),
  };
}

const IDENTITY_BYTES = 32;

/** What was altered by hand, or written by another version, is left out: nobody is verified by mistake. */
function readVerified(text: string | undefined): readonly VerifiedPerson[] {
  try {
    const read: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(read) ? read.filter(isVerifiedPerson).slice(-LIMITS.verifiedKept) : [];
  } catch {
    return [];
  }
}

function isVerifiedPerson(value: unknown): value is VerifiedPerson {
  if (typeof value !== "object" || value === null) return false;
  const { identityKey, roomId, memberId, name } = value as Readonly<Record<string, unknown>>;
  return (
    isBase64Url(identityKey, IDENTITY_BYTES) &&
    isBase64Url(roomId, ID_BYTES) &&
    isBase64Url(memberId, ID_BYTES) &&
    typeof name === "string" &&
    isPlainText(name, LIMITS.nameCodePoints)
  );
}

const isBase64Url = (value: unknown, lengthBytes: number): boolean =>
  typeof value === "string" && fromBase64Url(value)?.length === lengthBytes;
