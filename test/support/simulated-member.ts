import type { SocketId } from "../../durable-objects/room/state.ts";
import { utf8 } from "../../protocol/bytes.ts";
import type { ClientMessage } from "../../protocol/client-messages.ts";
import type { Epoch, GroupId, Seq } from "../../protocol/ids.ts";
import type { RoomMessage } from "../../protocol/room-messages.ts";
import { bytesOf, groupNo } from "./room-simulation.ts";

/** What stands for MLS: a state is the list of commits that led to it, and a commit fits the state it names. */
type Content = { readonly id: number; readonly parent: string };
type Entry = Omit<Extract<RoomMessage, { readonly type: "entry" }>, "type">;
type Attempt = Content & {
  readonly kind: "create" | "join" | "member";
  readonly groupId: GroupId;
  readonly epoch: number;
  readonly after: number;
  readonly commit: Uint8Array<ArrayBuffer>;
};

export const toBytes = (value: object): Uint8Array<ArrayBuffer> => utf8(JSON.stringify(value));
const fromBytes = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));
let commits = 0;
const hashOf = (id: number): Uint8Array<ArrayBuffer> => {
  const hash = bytesOf(32);
  new DataView(hash.buffer).setUint32(0, id);
  return hash;
};

export function makeCommit(commit: {
  readonly parent: string;
  readonly kind: "join" | "member";
  readonly groupId: GroupId;
  readonly epoch: number;
  readonly after: number;
}): { readonly message: ClientMessage; readonly attempt: Attempt } {
  commits += 1;
  const { parent, kind, groupId, epoch, after } = commit;
  const attempt: Attempt = { ...commit, id: commits, commit: toBytes({ id: commits, parent }) };
  const message: ClientMessage = {
    type: "commit",
    groupId,
    epoch: epoch as Epoch,
    after: after as Seq,
    kind,
    commit: attempt.commit,
    groupInfo: toBytes({ branch: `${parent}/${commits}`, epoch: epoch + 1 }),
    commitHash: hashOf(commits),
  };
  return { message, attempt };
}

/** An honest member as SPEC describes it, with `send` in place of a socket. */
export class SimulatedMember {
  phase: "out" | "joining" | "in" = "out";
  branch = "";
  epoch = 0;
  lastSeq = 0;
  groupId: GroupId | undefined;
  socketId: SocketId | undefined;
  #attempt: Attempt | undefined;
  #lobby: Extract<RoomMessage, { readonly type: "lobby" }> | undefined;
  #isBack = false;
  #isWaiting = false;
  readonly #send: (message: ClientMessage) => void;

  constructor(send: (message: ClientMessage) => void) {
    this.#send = send;
  }

  want(): void {
    if (this.phase !== "out") return;
    this.phase = "joining";
    this.#prepare();
  }

  leave(): void {
    if (this.phase === "in" && this.groupId !== undefined) {
      this.#send({ type: "bye", groupId: this.groupId, bye: bytesOf(10) });
    }
    this.phase = "out";
    this.#attempt = undefined;
  }

  commit(): void {
    if (this.phase !== "in" || this.#attempt !== undefined || this.groupId === undefined) return;
    const { groupId, branch: parent, epoch, lastSeq: after } = this;
    this.#try(makeCommit({ parent, kind: "member", groupId, epoch, after }));
  }

  socketLost(): void {
    this.socketId = undefined;
    this.#isBack = true;
    this.#isWaiting = false;
    this.#lobby = undefined;
  }

  /** A turn that never came is given up. */
  giveUpWaiting(): void {
    this.#isWaiting = false;
    if (this.phase === "joining") this.#prepare();
  }

  hear(message: RoomMessage): void {
    switch (message.type) {
      case "lobby":
        this.#lobby = message;
        // Somebody's call was first: ours never was.
        if (this.#attempt?.kind === "create" && message.groupId !== undefined)
          this.#attempt = undefined;
        return this.#isBack ? this.#comeBack() : this.#prepare();
      case "group-created":
        if (this.#attempt?.kind === "create") this.#enter(this.#attempt, 0);
        return;
      case "commit-taken":
        if (this.#attempt !== undefined) this.#install(message.seq);
        return;
      case "commit-lost":
        this.#attempt = undefined;
        this.#isWaiting = true;
        return this.#judgeAll(message.entries);
      case "turn":
        this.#isWaiting = false;
        if (this.phase === "in") return this.commit();
        return this.#join(message.groupInfo ?? this.#lobby?.groupInfo, message.seq);
      case "entry":
        return this.#judgeAll([message]);
      case "entries":
        this.#judgeAll(message.entries);
        this.#attempt = undefined;
        return this.#prepare();
      case "failure":
        if (message.about === "applied" || message.about === "refused") return;
        if (message.about === "resume" && this.phase === "in") {
          if (message.code === "group-unknown" && this.#lobby?.groupId === undefined) {
            return this.#publishAgain();
          }
          this.phase = "joining";
        }
        this.#attempt = undefined;
        // What was refused is tried again after a while, not at once.
        this.#isWaiting = message.about === "commit";
        return this.#prepare();
      default:
    }
  }

  #publishAgain(): void {
    const { groupId, branch, epoch } = this;
    if (groupId === undefined) return;
    const groupInfo = toBytes({ branch, epoch });
    this.#send({ type: "group-create", groupId, epoch: epoch as Epoch, groupInfo });
  }

  #comeBack(): void {
    this.#isBack = false;
    const groupId = this.phase === "in" ? this.groupId : this.#attempt?.groupId;
    const after = this.phase === "in" ? this.lastSeq : this.#attempt?.after;
    if (groupId !== undefined && after !== undefined && this.#attempt?.kind !== "create") {
      this.#send({ type: "resume", groupId, after: after as Seq });
    } else {
      this.#attempt = undefined;
      this.#prepare();
    }
  }

  #prepare(): void {
    if (this.phase !== "joining" || this.#attempt !== undefined || this.#isWaiting) return;
    if (this.#lobby === undefined || this.#isBack) return;
    const { groupId, seq, groupInfo } = this.#lobby;
    if (groupId !== undefined) return this.#join(groupInfo, seq);
    commits += 1;
    const created = { id: commits, parent: "", groupId: groupNo(commits) };
    this.#attempt = { ...created, kind: "create", epoch: 0, after: 0, commit: bytesOf(1) };
    this.#send({
      type: "group-create",
      groupId: created.groupId,
      epoch: 0 as Epoch,
      groupInfo: toBytes({ branch: `/${commits}`, epoch: 0 }),
    });
  }

  #join(groupInfo: Uint8Array | undefined, after: number | undefined): void {
    const groupId = this.#lobby?.groupId;
    if (groupInfo === undefined || after === undefined || groupId === undefined) return;
    if (this.phase !== "joining" || this.#attempt?.kind === "join") return;
    const { branch: parent, epoch } = fromBytes(groupInfo) as { branch: string; epoch: number };
    this.#try(makeCommit({ parent, kind: "join", groupId, epoch, after }));
  }

  #try({ message, attempt }: ReturnType<typeof makeCommit>): void {
    this.#attempt = attempt;
    this.#send(message);
  }

  #enter({ groupId, parent, id, epoch, kind }: Attempt, seq: number): void {
    this.phase = "in";
    this.groupId = groupId;
    this.branch = `${parent}/${id}`;
    this.epoch = kind === "create" ? epoch : epoch + 1;
    this.lastSeq = seq;
    this.#attempt = undefined;
  }

  #install(seq: number): void {
    if (this.#attempt !== undefined) this.#enter(this.#attempt, seq);
  }

  #judgeAll(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const { id, parent } = fromBytes(entry.commit) as Content;
      if (id === this.#attempt?.id) {
        this.#install(entry.seq);
        continue;
      }
      if (this.phase !== "in" || this.groupId === undefined || entry.seq <= this.lastSeq) continue;
      if (entry.seq > this.lastSeq + 1) {
        this.#send({ type: "resume", groupId: this.groupId, after: this.lastSeq as Seq });
        return;
      }
      this.lastSeq = entry.seq;
      if (entry.epoch < this.epoch) continue;
      const isGood = entry.epoch === this.epoch && parent === this.branch;
      this.#send({
        type: isGood ? "applied" : "refused",
        groupId: this.groupId,
        seq: entry.seq,
      });
      if (!isGood) continue;
      this.branch = `${parent}/${id}`;
      this.epoch += 1;
    }
  }
}
