import type { CallCrypto } from "../../web/core/call-crypto.ts";
import type { Clock } from "../../web/core/clock.ts";
import type { FrameTransforms } from "../../web/core/frame-transforms.ts";
import { createFrameKeyring } from "../../web/crypto-worker/frames/create-frame-keyring.ts";
import type { KeyVault } from "../../web/crypto-worker/keys/key-vault.ts";
import { createMemoryVault } from "../../web/crypto-worker/keys/memory-vault.ts";
import { createMlsEngine } from "../../web/crypto-worker/mls/create-mls-engine.ts";
import { createCallCryptoSession } from "../../web/crypto-worker/session.ts";

/** The crypto worker's whole session without a worker: real keys, real MLS, frames that nobody sends. A vault given twice is one device that comes back. */
export function createInProcessCrypto(options: {
  readonly clock: Clock;
  readonly vault?: KeyVault;
}): { readonly crypto: CallCrypto; readonly transforms: FrameTransforms } {
  const { clock, vault = createMemoryVault() } = options;
  return {
    crypto: createCallCryptoSession({
      engine: createMlsEngine(),
      vault,
      clock,
      frames: createFrameKeyring(clock),
    }),
    transforms: {
      available: true,
      attach: () => undefined,
      counts: () => Promise.resolve({ passed: 0, dropped: 0 }),
    },
  };
}
