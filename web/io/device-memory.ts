import type { DeviceMemory } from "../core/device-memory.ts";
import type { KeptText } from "./kept-text.ts";

/** What this device remembers, by the texts it keeps. */
export function createDeviceMemory(kept: KeptText): DeviceMemory {
  return {
    name: () => kept.get("name"),
    rememberName: (name) => kept.set("name", name),
    policySerial: (roomId) => {
      const serial = Number(kept.get(`policy.${roomId}`) ?? 0);
      // Altered by hand, it counts as never seen.
      return Number.isSafeInteger(serial) && serial >= 0 ? serial : 0;
    },
    rememberPolicySerial: (roomId, serial) => kept.set(`policy.${roomId}`, String(serial)),
    preferAv1: () => kept.get("prefer-av1") === "yes",
    rememberAv1: (prefer) => kept.set("prefer-av1", prefer ? "yes" : "no"),
  };
}
