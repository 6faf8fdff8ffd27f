// The one importer of ts-mls. Deep imports: its index would pull every suite's library into the page.
import { encodeCredential } from "ts-mls/credential.js";
import { encodeCapabilities, type Capabilities } from "ts-mls/capabilities.js";
import type { ClientConfig } from "ts-mls/clientConfig.js";
import {
  type ClientState,
  createGroup as createMlsGroup,
  exportSecret as exportInitSecret,
  nextEpochContext,
  validateRatchetTree,
} from "ts-mls/clientState.js";
import {
  createCommit,
  createGroupInfoWithExternalPubAndRatchetTree,
  joinGroupExternal,
} from "ts-mls/createCommit.js";
import { encode } from "ts-mls/codec/tlsEncoder.js";
import { decodeVarLenData, varLenDataEncoder } from "ts-mls/codec/variableLength.js";
import { createApplicationMessage } from "ts-mls/createMessage.js";
import type { CiphersuiteImpl } from "ts-mls/crypto/ciphersuite.js";
import { makeHashImpl } from "ts-mls/crypto/implementation/default/makeHashImpl.js";
import { makeHpke } from "ts-mls/crypto/implementation/default/makeHpke.js";
import { makeKdf, makeKdfImpl } from "ts-mls/crypto/implementation/default/makeKdfImpl.js";
import { defaultRng } from "ts-mls/crypto/implementation/default/rng.js";
import { type Extension, encodeExtension, extensionTypeToNumber } from "ts-mls/extension.js";
import {
  createConfirmationTag,
  createContentCommitSignature,
  type FramedContent,
  type FramedContentCommit,
} from "ts-mls/framedContent.js";
import {
  type GroupInfo,
  ratchetTreeFromExtension,
  verifyGroupInfoSignature,
} from "ts-mls/groupInfo.js";
import { decodeGroupContext, encodeGroupContext } from "ts-mls/groupContext.js";
import { generateKeyPackageWithKey } from "ts-mls/keyPackage.js";
import { initializeEpoch, mlsExporter } from "ts-mls/keySchedule.js";
import { encodeLeafNode, type LeafNode } from "ts-mls/leafNode.js";
import { decodeMlsMessage, encodeMlsMessage, type MLSMessage } from "ts-mls/message.js";
import { unprotectPrivateMessage } from "ts-mls/messageProtection.js";
import { unprotectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import type { PrivateMessage } from "ts-mls/privateMessage.js";
import { processPrivateMessage, processPublicMessage } from "ts-mls/processMessages.js";
import type { Proposal } from "ts-mls/proposal.js";
import type { ProposalOrRef } from "ts-mls/proposalOrRefType.js";
import { emptyPskIndex } from "ts-mls/pskIndex.js";
import type { PublicMessage } from "ts-mls/publicMessage.js";
import { encodeRatchetTree, type RatchetTree } from "ts-mls/ratchetTree.js";
import { createSecretTree } from "ts-mls/secretTree.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { toLeafIndex } from "ts-mls/treemath.js";
import { createUpdatePath } from "ts-mls/updatePath.js";
import { concat, equalBytes } from "../../../protocol/bytes.ts";
import { SIGNATURE_BYTES, verifyEd25519 } from "../../../protocol/ed25519.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { POLICY_EXTENSION_TYPE } from "../../../protocol/policy.ts";
import type {
  CommitSnapshot,
  ExtensionSnapshot,
  GroupSnapshot,
  LeafSnapshot,
  ProposalSnapshot,
} from "./filter/snapshot.ts";

export type Bytes = Uint8Array<ArrayBuffer>;
export type { ClientState, GroupInfo, PrivateMessage, PublicMessage };
export type Suite = CiphersuiteImpl;
/** A signing key handle with its leaf's public parts. */
export type Signer = {
  readonly signingKey: CryptoKey;
  readonly identityKey: Bytes;
  readonly credential: Bytes;
};
/** What a member's commit holds, in our own words. */
export type MemberProposal =
  | { readonly type: "remove"; readonly leaf: number }
  | {
      readonly type: "group-context-extensions";
      readonly extensions: readonly ExtensionSnapshot[];
    };
export type CommitMessage =
  | { readonly framing: "public"; readonly message: PublicMessage }
  | { readonly framing: "private"; readonly message: PrivateMessage };

const SUITE = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";

const CAPABILITIES: Capabilities = {
  versions: ["mls10"],
  ciphersuites: [SUITE],
  extensions: [POLICY_EXTENSION_TYPE],
  proposals: [],
  credentials: ["basic"],
};

const CONFIG: ClientConfig = {
  // How long an epoch's keys are kept is the caller's to say, by the clock; this is only the most there can be.
  keyRetentionConfig: {
    retainKeysForGenerations: 32,
    retainKeysForEpochs: 4,
    maximumForwardRatchetSteps: 512,
  },
  // Never a clock: a leaf that is valid for one receiver and expired for the next would fork the group.
  lifetimeConfig: { maximumTotalLifetime: 2n ** 63n, validateLifetimeOnReceive: false },
  keyPackageEqualityConfig: {
    compareKeyPackages: (left, right) =>
      equalBytes(left.leafNode.signaturePublicKey, right.leafNode.signaturePublicKey),
    compareKeyPackageToLeafNode: (keyPackage, leaf) =>
      equalBytes(keyPackage.leafNode.signaturePublicKey, leaf.signaturePublicKey),
  },
  paddingConfig: { kind: "padUntilLength", padUntilLength: 256 },
  // Credentials are judged by the filter (SPEC LEAF-2), which knows room and group.
  authService: { validateCredential: async () => true },
};

/** Bytes of our own: ts-mls hands out views into larger buffers. */
export const copy = (bytes: Uint8Array): Bytes => new Uint8Array(bytes);

/**
 * Suite 1 by WebCrypto. Without a signing key it can only verify.
 *
 * ts-mls passes the signature key as bytes; ours is a handle that may not be extractable, so what it
 * passes is an empty stand-in and the handle is bound here.
 */
export async function suiteOne(signingKey?: CryptoKey): Promise<Suite> {
  return {
    name: SUITE,
    kdf: makeKdfImpl(makeKdf("HKDF-SHA256")),
    hash: makeHashImpl(crypto.subtle, "SHA-256"),
    hpke: await makeHpke({
      kem: "DHKEM-X25519-HKDF-SHA256",
      kdf: "HKDF-SHA256",
      aead: "AES128GCM",
    }),
    rng: defaultRng,
    signature: {
      sign: async (_handle, message) => {
        if (signingKey === undefined) throw new TypeError("suite: expected a signing key");
        return new Uint8Array(await crypto.subtle.sign("Ed25519", signingKey, copy(message)));
      },
      verify: (publicKey, message, signature) =>
        signature.length === SIGNATURE_BYTES
          ? verifyEd25519(copy(publicKey), copy(signature), copy(message))
          : Promise.resolve(false),
      keygen: () => Promise.reject(new TypeError("suite: identity keys are made elsewhere")),
    },
  };
}
const HANDLE = new Uint8Array();

const fromExtension = (extension: Extension): ExtensionSnapshot => ({
  type: extensionTypeToNumber(extension.extensionType),
  data: copy(extension.extensionData),
});
const toExtension = (extension: ExtensionSnapshot): Extension => ({
  extensionType: extension.type,
  extensionData: extension.data,
});

function leafSnapshot(leaf: number, node: LeafNode): LeafSnapshot {
  const { capabilities, credential } = node;
  return {
    leaf,
    signatureKey: copy(node.signaturePublicKey),
    encryptionKey: copy(node.hpkePublicKey),
    credential: credential.credentialType === "basic" ? copy(credential.identity) : undefined,
    features: concat(
      encodeCredential(credential),
      encodeCapabilities(capabilities),
      ...node.extensions.map((extension) => encodeExtension(extension)),
    ),
    suitable:
      node.extensions.length === 0 &&
      capabilities.versions.includes("mls10") &&
      capabilities.ciphersuites.includes(SUITE) &&
      capabilities.credentials.includes("basic") &&
      capabilities.extensions.includes(POLICY_EXTENSION_TYPE),
    encoded: copy(encodeLeafNode(node)),
  };
}

function treeSnapshot(tree: RatchetTree): Pick<GroupSnapshot, "leaves" | "parentKeys"> {
  const leaves: LeafSnapshot[] = [];
  const parentKeys: Bytes[] = [];
  for (const [index, node] of tree.entries()) {
    // Leaf n is node 2n (RFC 9420 appendix C).
    if (node?.nodeType === "leaf") leaves.push(leafSnapshot(index / 2, node.leaf));
    else if (node?.nodeType === "parent") parentKeys.push(copy(node.parent.hpkePublicKey));
  }
  return { leaves, parentKeys };
}

const contextSnapshot = (context: ClientState["groupContext"], tree: RatchetTree) => ({
  groupId: copy(context.groupId),
  epoch: Number(context.epoch),
  extensions: context.extensions.map(fromExtension),
  ...treeSnapshot(tree),
});

export const groupSnapshot = (state: ClientState): GroupSnapshot =>
  contextSnapshot(state.groupContext, state.ratchetTree);

export const confirmedTranscriptHash = (state: ClientState): Bytes =>
  copy(state.groupContext.confirmedTranscriptHash);
export const ownLeaf = (state: ClientState): number => state.privatePath.leafIndex;

const proposalSnapshot = (entry: ProposalOrRef): ProposalSnapshot => {
  if (entry.proposalOrRefType === "reference") return { type: "reference" };
  const { proposal } = entry;
  if (proposal.proposalType === "external_init") return { type: "external-init" };
  if (proposal.proposalType === "remove") {
    return { type: "remove", leaf: proposal.remove.removed };
  }
  if (proposal.proposalType === "group_context_extensions") {
    const { extensions } = proposal.groupContextExtensions;
    return { type: "group-context-extensions", extensions: extensions.map(fromExtension) };
  }
  return { type: "other" };
};

/** Decodes one MLSMessage in its one spelling: no trailing byte, no longer length form. */
function decodeMessage(bytes: Bytes): MLSMessage | undefined {
  try {
    const decoded = decodeMlsMessage(bytes, 0);
    if (decoded === undefined || decoded[1] !== bytes.length) return undefined;
    return equalBytes(encodeMlsMessage(decoded[0]), bytes) ? decoded[0] : undefined;
  } catch {
    return undefined;
  }
}

async function keyPackageFor(self: Signer, suite: Suite) {
  return generateKeyPackageWithKey(
    { credentialType: "basic", identity: self.credential },
    CAPABILITIES,
    { notBefore: 0n, notAfter: 2n ** 63n - 1n },
    [],
    { signKey: HANDLE, publicKey: self.identityKey },
    suite,
  );
}

export async function createState(
  groupId: Bytes,
  extensions: readonly ExtensionSnapshot[],
  self: Signer,
  suite: Suite,
): Promise<ClientState> {
  const { publicPackage, privatePackage } = await keyPackageFor(self, suite);
  return createMlsGroup(
    groupId,
    publicPackage,
    privatePackage,
    extensions.map(toExtension),
    suite,
    CONFIG,
  );
}

export function decodeGroupInfo(bytes: Bytes): GroupInfo | undefined {
  const message = decodeMessage(bytes);
  return message?.wireformat === "mls_group_info" ? message.groupInfo : undefined;
}

/** Nodes of the full tree above as many leaves as there are members at most: each joins at the leftmost free leaf. */
const MOST_TREE_NODES = 2 ** (Math.ceil(Math.log2(LIMITS.groupMembers)) + 1) - 1;

/**
 * The tree a GroupInfo carries; `undefined` for one in another spelling, or larger than a group's.
 *
 * A blank node is one byte and costs its reader several hashes; an unmerged leaf named twice costs as
 * many comparisons as there are names.
 */
function readTree(groupInfo: GroupInfo): RatchetTree | undefined {
  const tree = ratchetTreeFromExtension(groupInfo);
  if (tree === undefined || tree.length > MOST_TREE_NODES) return undefined;
  const isAscending = tree.every(
    (node) =>
      node?.nodeType !== "parent" ||
      node.parent.unmergedLeaves.every(
        (leaf, index, all) => index === 0 || leaf > (all[index - 1] ?? 0),
      ),
  );
  const extension = groupInfo.extensions.find(
    ({ extensionType }) => extensionType === "ratchet_tree",
  );
  const isOneSpelling =
    extension !== undefined && equalBytes(encodeRatchetTree(tree), extension.extensionData);
  return isAscending && isOneSpelling ? tree : undefined;
}

/** What a GroupInfo says, nothing of it verified. `undefined`: no tree in it, or one that can't be read. */
export function groupInfoSnapshot(groupInfo: GroupInfo):
  | (GroupSnapshot & {
      readonly suitable: boolean;
      readonly infoExtensions: readonly ExtensionSnapshot[];
    })
  | undefined {
  try {
    const tree = readTree(groupInfo);
    if (tree === undefined) return undefined;
    const { groupContext } = groupInfo;
    return {
      ...contextSnapshot(groupContext, tree),
      suitable: groupContext.version === "mls10" && groupContext.cipherSuite === SUITE,
      infoExtensions: groupInfo.extensions.map(fromExtension),
    };
  } catch {
    return undefined;
  }
}

/** RFC 9420 §12.4.3.1: tree hash, parent hashes, every leaf's signature, and the GroupInfo's own. */
export async function verifyGroupInfo(groupInfo: GroupInfo, suite: Suite): Promise<boolean> {
  try {
    const { groupContext } = groupInfo;
    const tree = readTree(groupInfo);
    const signer = tree?.[groupInfo.signer * 2];
    if (tree === undefined || signer?.nodeType !== "leaf") return false;
    const { lifetimeConfig, authService } = CONFIG;
    const fault = await validateRatchetTree(
      tree,
      groupContext,
      lifetimeConfig,
      authService,
      groupContext.treeHash,
      suite,
    );
    if (fault !== undefined) return false;
    return await verifyGroupInfoSignature(
      groupInfo,
      signer.leaf.signaturePublicKey,
      suite.signature,
    );
  } catch {
    return false;
  }
}

/** Verifies the GroupInfo as `verifyGroupInfo` does, and commits. `undefined`: it did not verify. */
export async function joinExternally({
  groupInfo,
  resync,
  authenticatedData,
  self,
  suite,
}: {
  readonly groupInfo: GroupInfo;
  readonly resync: boolean;
  readonly authenticatedData: Bytes;
  readonly self: Signer;
  readonly suite: Suite;
}): Promise<{ readonly state: ClientState; readonly commit: Bytes } | undefined> {
  const { publicPackage, privatePackage } = await keyPackageFor(self, suite);
  try {
    const { publicMessage, newState } = await joinGroupExternal(
      groupInfo,
      publicPackage,
      privatePackage,
      resync,
      suite,
      undefined,
      CONFIG,
      authenticatedData,
    );
    const commit = encodeMlsMessage({
      version: "mls10",
      wireformat: "mls_public_message",
      publicMessage,
    });
    return { state: newState, commit: copy(commit) };
  } catch {
    return undefined;
  }
}

/**
 * The external commit of who was alone in the group and lost its keys, as by a reload.
 *
 * ts-mls can't remove the only leaf of a tree, so here are the steps of RFC 9420 §12.4.3.2 for this one
 * case: no path above the leaf, nobody to seal a path secret to, and a commit secret of zeros as ts-mls
 * itself takes for such a tree. Nobody but a forgotten copy of the same device receives it.
 */
export async function resyncAlone(
  groupInfo: GroupInfo,
  removed: number,
  self: Signer,
  suite: Suite,
): Promise<{ readonly state: ClientState; readonly commit: Bytes } | undefined> {
  const { groupContext, extensions } = groupInfo;
  const externalPub = extensions.find(({ extensionType }) => extensionType === "external_pub");
  if (externalPub === undefined || !(await verifyGroupInfo(groupInfo, suite))) return undefined;
  const { publicPackage } = await keyPackageFor(self, suite);
  const alone: RatchetTree = [{ nodeType: "leaf", leaf: publicPackage.leafNode }];
  const leaf = toLeafIndex(0);
  try {
    const init = await exportInitSecret(externalPub.extensionData, suite);
    const [tree, path, , key] = await createUpdatePath(alone, leaf, groupContext, HANDLE, suite);
    const proposals: Proposal[] = [
      { proposalType: "remove", remove: { removed } },
      { proposalType: "external_init", externalInit: { kemOutput: init.enc } },
    ];
    const { framedContent: content, signature } = await createContentCommitSignature(
      groupContext,
      "mls_public_message",
      {
        proposals: proposals.map((proposal) => ({ proposalOrRefType: "proposal", proposal })),
        path,
      },
      { senderType: "new_member_commit" },
      new Uint8Array(),
      HANDLE,
      suite.signature,
    );
    const context = await nextEpochContext(
      groupContext,
      "mls_public_message",
      content,
      signature,
      await treeHashRoot(tree, suite.hash),
      groupInfo.confirmationTag,
      suite.hash,
    );
    const zeros = new Uint8Array(suite.kdf.size);
    const epoch = await initializeEpoch(init.secret, zeros, context, zeros, suite.kdf);
    const confirmationTag = await createConfirmationTag(
      epoch.keySchedule.confirmationKey,
      context.confirmedTranscriptHash,
      suite.hash,
    );
    const commit = encodeMlsMessage({
      version: "mls10",
      wireformat: "mls_public_message",
      publicMessage: {
        content,
        auth: { contentType: "commit", signature, confirmationTag },
        senderType: "new_member_commit",
      },
    });
    const state: ClientState = {
      groupContext: context,
      ratchetTree: tree,
      keySchedule: epoch.keySchedule,
      secretTree: await createSecretTree(1, epoch.encryptionSecret, suite.kdf),
      privatePath: {
        leafIndex: leaf,
        privateKeys: { 0: await suite.hpke.exportPrivateKey(key) },
      },
      signaturePrivateKey: HANDLE,
      unappliedProposals: {},
      confirmationTag,
      historicalReceiverData: new Map(),
      groupActiveState: { kind: "active" },
      clientConfig: CONFIG,
    };
    return { state, commit: copy(commit) };
  } catch {
    return undefined;
  }
}

export async function commitAsMember(
  state: ClientState,
  proposals: readonly MemberProposal[],
  authenticatedData: Bytes,
  suite: Suite,
): Promise<{ readonly state: ClientState; readonly commit: Bytes }> {
  const extraProposals = proposals.map((proposal): Proposal =>
    proposal.type === "remove"
      ? { proposalType: "remove", remove: { removed: proposal.leaf } }
      : {
          proposalType: "group_context_extensions",
          groupContextExtensions: { extensions: proposal.extensions.map(toExtension) },
        },
  );
  const context = proposals.find(({ type }) => type === "group-context-extensions");
  const cipherSuite =
    context?.type === "group-context-extensions"
      ? sealingPathsUnder(context.extensions.map(toExtension), suite)
      : suite;
  const { newState, commit } = await createCommit(
    { state, cipherSuite, pskIndex: emptyPskIndex },
    { extraProposals, authenticatedData },
  );
  return { state: newState, commit: copy(encodeMlsMessage(commit)) };
}

/**
 * RFC 9420 §12.4.1 seals path secrets under the GroupContext with its new extensions, and so ts-mls
 * opens them; but it seals them with the old ones, so nobody could read a commit of policy and Remove.
 * All that `createCommit` seals by HPKE are path secrets, for there are no Adds.
 */
function sealingPathsUnder(extensions: Extension[], suite: Suite): Suite {
  const seal: Suite["hpke"]["seal"] = (publicKey, plaintext, info, aad) => {
    // EncryptContext (RFC 9420 §5.1.3): label, then the encoded GroupContext.
    const label = decodeVarLenData(info, 0);
    const encoded = label === undefined ? undefined : decodeVarLenData(info, label[1]);
    const context = encoded === undefined ? undefined : decodeGroupContext(encoded[0], 0);
    if (label === undefined || context === undefined) {
      throw new TypeError("path secret: expected a GroupContext");
    }
    const renewed = encodeGroupContext({ ...context[0], extensions });
    const under = concat(info.subarray(0, label[1]), encodeVarLenData(renewed));
    return suite.hpke.seal(publicKey, plaintext, under, aad);
  };
  return { ...suite, hpke: { ...suite.hpke, seal } };
}
const encodeVarLenData = encode(varLenDataEncoder);

/** Group id and epoch of a commit in the only two framings we know; `undefined` for anything else. */
export function decodeCommit(
  bytes: Bytes,
):
  | "malformed"
  | "refused"
  | { readonly groupId: Bytes; readonly epoch: bigint; readonly commit: CommitMessage } {
  const message = decodeMessage(bytes);
  if (message === undefined) return "malformed";
  if (message.wireformat === "mls_private_message") {
    const { privateMessage } = message;
    if (privateMessage.contentType !== "commit") return "refused";
    return {
      groupId: copy(privateMessage.groupId),
      epoch: privateMessage.epoch,
      commit: { framing: "private", message: privateMessage },
    };
  }
  if (message.wireformat !== "mls_public_message") return "refused";
  const { publicMessage } = message;
  const { content } = publicMessage;
  // Members speak in PrivateMessages: a public one would tell link holders who commits.
  if (content.contentType !== "commit" || content.sender.senderType !== "new_member_commit") {
    return "refused";
  }
  return {
    groupId: copy(content.groupId),
    epoch: content.epoch,
    commit: { framing: "public", message: publicMessage },
  };
}

/** Opens a commit of this epoch and verifies its signature. `undefined`: it can't be, by anybody. */
export async function readCommit(
  state: ClientState,
  commit: CommitMessage,
  suite: Suite,
): Promise<CommitSnapshot | undefined> {
  try {
    const content = await openCommit(state, commit, suite);
    return content.contentType === "commit" ? commitSnapshot(content) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads an external commit of our own, which needs no verifying. */
export function readOwnExternalCommit(commit: CommitMessage): CommitSnapshot {
  const content = commit.framing === "public" ? commit.message.content : undefined;
  if (content?.contentType !== "commit") throw new TypeError("commit: expected an external one");
  return commitSnapshot(content);
}

function commitSnapshot(content: FramedContentCommit): CommitSnapshot {
  const { sender } = content;
  const leaf = sender.senderType === "member" ? sender.leafIndex : -1;
  const { proposals, path } = content.commit;
  return {
    sender: leaf < 0 ? { type: "new-member" } : { type: "member", leaf },
    authenticatedData: copy(content.authenticatedData),
    proposals: proposals.map(proposalSnapshot),
    pathLeaf: path === undefined ? undefined : leafSnapshot(leaf, path.leafNode),
  };
}

async function openCommit(
  state: ClientState,
  commit: CommitMessage,
  suite: Suite,
): Promise<FramedContent> {
  const { keySchedule, groupContext, ratchetTree, secretTree } = state;
  if (commit.framing === "public") {
    const { membershipKey } = keySchedule;
    const { message } = commit;
    return (await unprotectPublicMessage(membershipKey, groupContext, ratchetTree, message, suite))
      .content;
  }
  const opened = await unprotectPrivateMessage(
    keySchedule.senderDataSecret,
    commit.message,
    secretTree,
    ratchetTree,
    groupContext,
    CONFIG.keyRetentionConfig,
    suite,
  );
  return opened.content.content;
}

/** The state after a commit: `undefined` if it is invalid; `removed` if it removed us. */
export async function applyCommit(
  state: ClientState,
  commit: CommitMessage,
  suite: Suite,
): Promise<ClientState | "removed" | undefined> {
  try {
    const { newState } =
      commit.framing === "public"
        ? await processPublicMessage(state, commit.message, emptyPskIndex, suite)
        : await processPrivateMessage(state, commit.message, emptyPskIndex, suite);
    const { kind } = newState.groupActiveState;
    if (kind === "removedFromGroup") return "removed";
    return kind === "active" ? newState : undefined;
  } catch {
    return undefined;
  }
}

export async function encodeGroupInfo(
  state: ClientState,
  extensions: readonly ExtensionSnapshot[],
  suite: Suite,
): Promise<Bytes> {
  const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(
    state,
    extensions.map(toExtension),
    suite,
  );
  return copy(encodeMlsMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo }));
}

export async function encrypt(
  state: ClientState,
  content: Bytes,
  suite: Suite,
): Promise<{ readonly state: ClientState; readonly message: Bytes }> {
  const { newState, privateMessage } = await createApplicationMessage(state, content, suite);
  const message = encodeMlsMessage({
    version: "mls10",
    wireformat: "mls_private_message",
    privateMessage,
  });
  return { state: newState, message: copy(message) };
}

export function decodeApplication(
  bytes: Bytes,
):
  | { readonly groupId: Bytes; readonly epoch: bigint; readonly message: PrivateMessage }
  | undefined {
  const decoded = decodeMessage(bytes);
  if (decoded?.wireformat !== "mls_private_message") return undefined;
  const message = decoded.privateMessage;
  if (message.contentType !== "application" || message.authenticatedData.length > 0) {
    return undefined;
  }
  return { groupId: copy(message.groupId), epoch: message.epoch, message };
}

/** Epochs whose messages can still be opened, the present one included. */
export const openableEpochs = (state: ClientState): readonly bigint[] => [
  ...state.historicalReceiverData.keys(),
  state.groupContext.epoch,
];

/** Opens a message of this or a retained epoch. Not by ts-mls's own `processPrivateMessage`, which keeps the sender to itself. */
export async function decrypt(
  state: ClientState,
  message: PrivateMessage,
  suite: Suite,
): Promise<
  { readonly state: ClientState; readonly sender: number; readonly content: Bytes } | undefined
> {
  const isPresent = message.epoch === state.groupContext.epoch;
  const past = isPresent ? undefined : state.historicalReceiverData.get(message.epoch);
  if (!isPresent && past === undefined) return undefined;
  const keys = past ?? { ...state, senderDataSecret: state.keySchedule.senderDataSecret };
  try {
    const opened = await unprotectPrivateMessage(
      keys.senderDataSecret,
      message,
      keys.secretTree,
      keys.ratchetTree,
      keys.groupContext,
      CONFIG.keyRetentionConfig,
      suite,
    );
    const { content } = opened.content;
    if (content.contentType !== "application" || content.sender.senderType !== "member") {
      return undefined;
    }
    const secretTree = opened.tree;
    return {
      state:
        past === undefined
          ? { ...state, secretTree }
          : withHistory(state, (history) => history.set(message.epoch, { ...past, secretTree })),
      sender: content.sender.leafIndex,
      content: copy(content.applicationData),
    };
  } catch {
    return undefined;
  }
}

type History = ClientState["historicalReceiverData"];
function withHistory(state: ClientState, change: (history: History) => unknown): ClientState {
  const historicalReceiverData = new Map(state.historicalReceiverData);
  change(historicalReceiverData);
  return { ...state, historicalReceiverData };
}

export const forgetEpochsBefore = (state: ClientState, epoch: bigint): ClientState =>
  withHistory(state, (history) => {
    for (const past of history.keys()) if (past < epoch) history.delete(past);
  });

/** Message keys that were used up in `before` since `after` was made of it are used up in `after` too. */
export const carryUsedKeys = (before: ClientState, after: ClientState): ClientState =>
  withHistory(after, (history) => {
    const { epoch } = before.groupContext;
    const made = history.get(epoch);
    if (made !== undefined) history.set(epoch, { ...made, secretTree: before.secretTree });
    for (const past of [...history.keys()].filter((kept) => kept !== epoch)) {
      const data = before.historicalReceiverData.get(past);
      if (data === undefined) history.delete(past);
      else history.set(past, data);
    }
  });

export const exportSecret = async (
  state: ClientState,
  label: string,
  context: Bytes,
  lengthBytes: number,
  suite: Suite,
): Promise<Bytes> =>
  copy(await mlsExporter(state.keySchedule.exporterSecret, label, context, lengthBytes, suite));

/** RFC 9180 base mode with the suite's own algorithms: enc(32) ‖ ciphertext. `undefined`: no public key to seal to. */
export async function hpkeSeal(
  publicKey: Bytes,
  info: Bytes,
  content: Bytes,
  suite: Suite,
): Promise<Bytes | undefined> {
  try {
    const recipient = await suite.hpke.importPublicKey(publicKey);
    const { enc, ct } = await suite.hpke.seal(recipient, content, info);
    return concat(enc, ct);
  } catch {
    return undefined;
  }
}

/** Bytes of an encapsulated X25519 key (RFC 9180 §7.1). */
const ENCAPSULATED_BYTES = 32;

/** Opens what `hpkeSeal` sealed. `undefined`: sealed to another key, for another use, or altered. */
export async function hpkeOpen(
  key: { readonly privateKey: CryptoKey; readonly publicKey: Bytes },
  info: Bytes,
  sealed: Bytes,
  suite: Suite,
): Promise<Bytes | undefined> {
  try {
    const publicKey = await suite.hpke.importPublicKey(key.publicKey);
    // As a pair: from a private key alone, which can't be exported, the public one could not be found.
    const pair = { privateKey: key.privateKey, publicKey };
    const recipient = pair as unknown as Parameters<typeof suite.hpke.open>[0];
    const enc = sealed.slice(0, ENCAPSULATED_BYTES);
    return copy(await suite.hpke.open(recipient, enc, sealed.slice(ENCAPSULATED_BYTES), info));
  } catch {
    return undefined;
  }
}
