import { equalBytes } from "../../../protocol/bytes.ts";
import type { Epoch } from "../../../protocol/ids.ts";
import type { EpochStatement } from "../../core/call-crypto.ts";
import type { EpochKeys } from "./epoch-keys.ts";

/** Epochs kept for comparison with others, and for what was on its way when the epoch changed: SPEC PAIR-3. */
const EPOCHS_HELD = 8;

/** The last epochs of one group, newest last. */
export type EpochHistory = {
  readonly add: (keys: EpochKeys) => void;
  readonly at: (epoch: Epoch) => EpochKeys | undefined;
  readonly compare: (statement: EpochStatement) => "agrees" | "forked" | "unknown";
  readonly oldest: () => Epoch | undefined;
};

export function createEpochHistory(): EpochHistory {
  const held: EpochKeys[] = [];
  const at = (epoch: Epoch): EpochKeys | undefined => held.find((keys) => keys.epoch === epoch);
  return {
    add: (keys) => {
      held.push(keys);
      if (held.length > EPOCHS_HELD) held.shift();
    },
    at,
    compare: ({ epoch, transcript, fork }) => {
      const own = at(epoch)?.statement;
      if (own === undefined) return "unknown";
      const same = equalBytes(own.transcript, transcript) && equalBytes(own.fork, fork);
      return same ? "agrees" : "forked";
    },
    oldest: () => held[0]?.epoch,
  };
}
