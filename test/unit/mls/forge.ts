// What a member or joiner with a changed client can send: ts-mls without the filter.
import { createCommit, joinGroupExternal } from "ts-mls/createCommit.js";
import { type ClientState, makePskIndex } from "ts-mls/clientState.js";
import { generateKeyPackageWithKey } from "ts-mls/keyPackage.js";
import type { LeafNode } from "ts-mls/leafNode.js";
import { encodeMlsMessage } from "ts-mls/message.js";
import type { Proposal } from "ts-mls/proposal.js";
import type { MlsGroup, SelfLeaf } from "../../../web/core/mls-engine.ts";
import { groupSnapshot } from "../../../web/crypto-worker/mls/ts-mls-adapter.ts";
import type { CommitSnapshot } from "../../../web/crypto-worker/mls/filter/snapshot.ts";
import { secretsOf } from "../../../web/crypto-worker/mls/group.ts";
import {
  applyCommit,
  decodeCommit,
  decodeGroupInfo,
  suiteOne,
} from "../../../web/crypto-worker/mls/ts-mls-adapter.ts";
import type { Bytes } from "./group-fixture.ts";

const bytesOf = (bytes: Uint8Array): Bytes => new Uint8Array(bytes);

export type MemberForgery = {
  readonly proposals?: readonly Proposal[];
  readonly authenticatedData?: Bytes;
  readonly isPublic?: boolean;
  /** Changes the leaf node that goes into the path. */
  readonly changeLeaf?: (leaf: LeafNode) => LeafNode;
  /** Pre-shared keys, by id in base64. */
  readonly psks?: Record<string, Uint8Array>;
  readonly changeState?: (state: ClientState) => ClientState;
};

/** A commit of a member, whatever it holds. */
export async function forgeMemberCommit(group: MlsGroup, forgery: MemberForgery): Promise<Bytes> {
  const { state: honest, suite } = secretsOf(group);
  const { changeLeaf, changeState = (same) => same } = forgery;
  let state = changeState(honest);
  if (changeLeaf !== undefined) {
    const ownNode = state.privatePath.leafIndex * 2;
    const ratchetTree = state.ratchetTree.map((node, index) =>
      index === ownNode && node?.nodeType === "leaf"
        ? { ...node, leaf: changeLeaf(node.leaf) }
        : node,
    );
    state = { ...state, ratchetTree };
  }
  const { commit } = await createCommit(
    { state, cipherSuite: suite, pskIndex: makePskIndex(state, forgery.psks ?? {}) },
    {
      extraProposals: [...(forgery.proposals ?? [])],
      authenticatedData: forgery.authenticatedData ?? new Uint8Array(),
      wireAsPublicMessage: forgery.isPublic ?? false,
    },
  );
  return bytesOf(encodeMlsMessage(commit));
}

export const removeProposal = (leaf: number): Proposal => ({
  proposalType: "remove",
  remove: { removed: leaf },
});

/** An external commit, over whichever leaf it likes. */
export async function forgeExternalCommit(options: {
  readonly groupInfo: Bytes;
  readonly self: SelfLeaf;
  readonly removes?: number;
  readonly authenticatedData?: Bytes;
  readonly extensions?: readonly number[];
}): Promise<Bytes> {
  const { self, removes } = options;
  const groupInfo = decodeGroupInfo(options.groupInfo);
  if (groupInfo === undefined) throw new Error("expected a GroupInfo");
  const suite = await suiteOne(self.signingKey);
  const { publicPackage, privatePackage } = await generateKeyPackageWithKey(
    { credentialType: "basic", identity: self.credential },
    {
      versions: ["mls10"],
      ciphersuites: [suite.name],
      // ts-mls asks whether the joiner knows the group's extensions: this one always says yes.
      extensions: Object.assign([...(options.extensions ?? [0xf50c])], { includes: () => true }),
      proposals: [],
      credentials: ["basic"],
    },
    { notBefore: 0n, notAfter: 2n ** 63n - 1n },
    [],
    { signKey: new Uint8Array(), publicKey: self.identityKey },
    suite,
  );
  let leaf = -1;
  const { publicMessage } = await joinGroupExternal(
    groupInfo,
    publicPackage,
    privatePackage,
    removes !== undefined,
    suite,
    undefined,
    {
      keyRetentionConfig: {
        retainKeysForGenerations: 1,
        retainKeysForEpochs: 1,
        maximumForwardRatchetSteps: 1,
      },
      lifetimeConfig: { maximumTotalLifetime: 2n ** 63n, validateLifetimeOnReceive: false },
      // Asked leaf by leaf in order; it answers yes at the one to be removed.
      keyPackageEqualityConfig: {
        compareKeyPackages: () => false,
        compareKeyPackageToLeafNode: () => {
          leaf += 1;
          return leaf === removes;
        },
      },
      paddingConfig: { kind: "padUntilLength", padUntilLength: 0 },
      authService: { validateCredential: async () => true },
    },
    options.authenticatedData ?? new Uint8Array(),
  );
  return bytesOf(
    encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage }),
  );
}

/** True where ts-mls alone takes the commit: then it is the filter that refuses it. */
export async function libraryAccepts(group: MlsGroup, commit: Bytes): Promise<boolean> {
  const { state, suite } = secretsOf(group);
  const decoded = decodeCommit(commit);
  if (typeof decoded === "string") return false;
  return (await applyCommit(state, decoded.commit, suite)) !== undefined;
}

/** A commit that says nothing, to be changed in one place by a test of the pure rules. */
export const commitCaseOf = (group: MlsGroup, commit: Partial<CommitSnapshot>) => ({
  group,
  before: groupSnapshot(secretsOf(group).state),
  commit: {
    sender: { type: "member", leaf: 0 },
    authenticatedData: new Uint8Array(),
    proposals: [],
    pathLeaf: undefined,
    ...commit,
  } satisfies CommitSnapshot,
});
