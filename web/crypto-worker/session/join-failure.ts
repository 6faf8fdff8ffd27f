import type { CryptoFailure } from "../../core/call-crypto.ts";
import type { CommitFailure, GroupInfoFailure } from "../../core/mls-engine.ts";

/** What a person is told of a GroupInfo or a join that the filter would refuse. */
export function joinFailure({ code }: GroupInfoFailure | CommitFailure): CryptoFailure["code"] {
  switch (code) {
    case "policy-invalid":
    case "policy-older":
    case "banned":
    case "call-full":
    case "admission-required":
      return code;
    default:
      return "group-info-invalid";
  }
}
