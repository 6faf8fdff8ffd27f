import type { RoomId } from "../../protocol/ids.ts";
import type { CallLock, DeviceMemory, VerifiedPerson } from "../../web/core/device-memory.ts";
import type { KeyVault } from "../../web/crypto-worker/keys/key-vault.ts";
import { createMemoryVault } from "../../web/crypto-worker/keys/memory-vault.ts";

/** What outlives a page: keys, memory, and the lock that its tabs share. */
export type FakeProfile = {
  readonly vault: KeyVault;
  readonly memory: DeviceMemory;
  /** Of one tab; `release` is what the browser does when the tab closes. */
  readonly tab: () => { readonly lock: CallLock; readonly release: () => void };
};

export function createFakeProfile(name: string, vault: KeyVault = keeping()): FakeProfile {
  let rememberedName: string | undefined = name;
  let verified: readonly VerifiedPerson[] = [];
  let knocking: RoomId | undefined;
  let isToldOfHostKey = false;
  const serials = new Map<RoomId, number>();
  const holders = new Map<RoomId, { readonly tab: object; readonly onStolen: () => void }>();
  return {
    vault,
    memory: {
      name: () => rememberedName,
      rememberName: (next) => {
        rememberedName = next;
      },
      policySerial: (roomId) => serials.get(roomId) ?? 0,
      rememberPolicySerial: (roomId, serial) => serials.set(roomId, serial),
      verified: () => verified,
      rememberVerified: (people) => {
        verified = people;
      },
      // Its tabs are reloaded, never opened side by side while one waits.
      isKnocking: (roomId) => knocking === roomId,
      rememberKnocking: (roomId, isKnocking) => {
        knocking = isKnocking ? roomId : undefined;
      },
      isToldOfHostKey: () => isToldOfHostKey,
      rememberToldOfHostKey: () => {
        isToldOfHostKey = true;
      },
      preferAv1: () => false,
      rememberAv1: () => undefined,
    },
    tab: () => {
      const tab = {};
      const releaseRoom = (roomId: RoomId): void => {
        if (holders.get(roomId)?.tab === tab) holders.delete(roomId);
      };
      return {
        lock: {
          hold: ({ roomId, steal, onStolen }) => {
            const holder = holders.get(roomId);
            if (holder !== undefined && !steal) return Promise.resolve(undefined);
            holders.set(roomId, { tab, onStolen });
            holder?.onStolen();
            return Promise.resolve(() => releaseRoom(roomId));
          },
        },
        release: () => {
          for (const roomId of holders.keys()) releaseRoom(roomId);
        },
      };
    },
  };
}

/** A vault that keeps its keys. */
function keeping(): KeyVault {
  const vault = createMemoryVault();
  return {
    ...vault,
    loadOrMake: async (name) => ({ ...(await vault.loadOrMake(name)), kept: true }),
    keep: async (name, key) => ({ ...(await vault.keep(name, key)), kept: true }),
  };
}
