import type { Epoch, MemberId, Seq } from "../../protocol/ids.ts";
import type { CommitLog, KeptGroupInfo, LogEntry, LogStart, RoomLimits } from "./state.ts";
import { withEntry } from "./state.ts";

/**
 * The log of sealed commits. The room cannot read one, so it goes by what members say of it.
 *
 * Everything here follows from the entries and their votes; nothing is decided once and for all, so a vote
 * that comes late counts as one that came in time.
 */

/** Places in the tree of epochs count up by one. */
const nextEpoch = (epoch: Epoch): Epoch => (epoch + 1) as Epoch;
const nextSeq = (seq: Seq): Seq => (seq + 1) as Seq;

export const startLog = (
  start: LogStart,
  groupInfo: Uint8Array<ArrayBuffer> | undefined,
): CommitLog => ({
  start,
  entries: [],
  groupInfos: new Map(
    groupInfo === undefined ? [] : [[start.seq, { epoch: start.epoch, groupInfo }]],
  ),
});

export const lastEntry = (log: CommitLog): LogEntry | undefined => log.entries.at(-1);
export const lastSeq = (log: CommitLog): Seq => lastEntry(log)?.seq ?? log.start.seq;

/** At least as many others applied it as refused it. SPEC LOG-3. */
export const stands = (entry: LogEntry): boolean =>
  entry.appliedBy.length >= entry.refusedBy.length;

/** Of several standing entries on one place, the one most applied counts; of these, the first. */
export function winnerOn(log: CommitLog, parent: Seq): LogEntry | undefined {
  let winner: LogEntry | undefined;
  for (const entry of log.entries) {
    if (entry.parent !== parent || !stands(entry)) continue;
    if (winner === undefined || entry.appliedBy.length > winner.appliedBy.length) winner = entry;
  }
  return winner;
}

/** The entries that lead from the log's start to its head. SPEC LOG-3. */
export function chainOf(log: CommitLog): readonly LogEntry[] {
  const chain: LogEntry[] = [];
  for (;;) {
    const winner = winnerOn(log, chain.at(-1)?.seq ?? log.start.seq);
    if (winner === undefined) return chain;
    chain.push(winner);
  }
}

const placeAfter = (chain: readonly LogEntry[], start: LogStart): LogStart => {
  const last = chain.at(-1);
  return last === undefined ? start : { epoch: nextEpoch(last.epoch), seq: last.seq };
};

/** The epoch the next commit is of, and the entry that led to it. SPEC LOG-3. */
export const headOf = (log: CommitLog): LogStart => placeAfter(chainOf(log), log.start);

export const isSettled = (log: CommitLog): boolean => lastEntry(log)?.settled ?? true;

/** The GroupInfo to join by; none while the last entry awaits a second opinion. SPEC LOG-7. */
export function offeredGroupInfo(log: CommitLog): KeptGroupInfo | undefined {
  if (!isSettled(log)) return undefined;
  const head = headOf(log);
  const kept = log.groupInfos.get(head.seq);
  return kept?.epoch === head.epoch ? kept : undefined;
}

/** Entries after `after`; `undefined` when not all of them are kept, or none was ever given that seq. SPEC LOG-9. */
export function entriesAfter(log: CommitLog, after: Seq): readonly LogEntry[] | undefined {
  const [oldest] = log.entries;
  const reachesBackTo = oldest === undefined ? log.start.seq : oldest.seq - 1;
  if (after < reachesBackTo || after > lastSeq(log)) return undefined;
  return log.entries.filter(({ seq }) => seq > after);
}

/** What keeps a commit from being taken. SPEC LOG-3. */
export function objectionTo(
  log: CommitLog,
  commit: {
    readonly from: MemberId;
    readonly epoch: Epoch;
    readonly after: Seq;
    readonly atMs: number;
  },
  limits: RoomLimits,
): "conflict" | "epoch-out-of-range" | undefined {
  const highest = log.entries.reduce(
    (epoch, entry) => Math.max(epoch, entry.epoch + 1),
    log.start.epoch as number,
  );
  if (commit.epoch > highest) return "epoch-out-of-range";
  const last = lastEntry(log);
  // One may build on one's own entry once the others had their say; else a log of rubbish grows as fast as it is sent.
  if (last?.from === commit.from && !last.settled) return "conflict";
  // For the same reason an entry is never pushed out of the log before it could be refused.
  const [oldest] = log.entries;
  const isFull = log.entries.length >= limits.commitsKept;
  if (isFull && oldest && commit.atMs - oldest.takenAtMs < limits.groupInfoUnconfirmedMs)
    return "conflict";
  return commit.after === lastSeq(log) && commit.epoch === headOf(log).epoch
    ? undefined
    : "conflict";
}

/** GroupInfos kept before the one that a second member confirmed. */
const OLDER_GROUP_INFOS = 3;

/** Those that may be handed out again when newer entries fall: all since an entry was confirmed, and a few before. */
function keptGroupInfos(log: CommitLog): CommitLog["groupInfos"] {
  const confirmed = log.entries.findLast((entry) => entry.appliedBy.length > 0 && stands(entry));
  const seqs = [...log.groupInfos.keys()];
  const from = seqs.findIndex((seq) => seq >= (confirmed?.seq ?? log.start.seq));
  return new Map([...log.groupInfos].slice(Math.max(0, from - OLDER_GROUP_INFOS)));
}

/** Appends an entry that nothing was to be said against. */
export function appendEntry(
  log: CommitLog,
  entry: Omit<LogEntry, "seq" | "parent" | "settled" | "appliedBy" | "refusedBy" | "refusedAtMs">,
  groupInfo: Uint8Array<ArrayBuffer> | undefined,
  limits: RoomLimits,
): {
  readonly log: CommitLog;
  readonly entry: LogEntry;
  /** Entries that counted, and are no longer kept. */
  readonly dropped: readonly LogEntry[];
} {
  const seq = nextSeq(lastSeq(log));
  const taken: LogEntry = {
    ...entry,
    seq,
    parent: headOf(log).seq,
    settled: false,
    appliedBy: [],
    refusedBy: [],
    refusedAtMs: undefined,
  };
  // Whoever appends has judged all before it.
  const entries = [
    ...log.entries.map((old) => (old.settled ? old : { ...old, settled: true })),
    taken,
  ];
  const oldest = entries.at(-limits.commitsKept)?.seq ?? 0;
  // What these led to is no longer open to votes.
  const dropped = chainOf(log).filter((old) => old.seq < oldest);
  const groupInfos = withEntry(
    keptGroupInfos(log),
    seq,
    groupInfo && { epoch: nextEpoch(entry.epoch), groupInfo },
  );
  const shortened = {
    start: placeAfter(dropped, log.start),
    entries: entries.filter((kept) => kept.seq >= oldest),
    groupInfos,
  };
  return { log: shortened, entry: taken, dropped };
}

/** An entry as the room hands it on. SPEC LOG-1. */
export const toWire = ({ seq, epoch, from, commit, doorChange }: LogEntry) => ({
  seq,
  epoch,
  from,
  commit,
  doorChange: doorChange?.bytes,
});

/** Counts what a member other than the sender says of an entry; a first word stands. SPEC LOG-3. */
export function addVote(
  log: CommitLog,
  vote: {
    readonly seq: Seq;
    readonly by: MemberId;
    readonly says: "applied" | "refused";
    readonly atMs: number;
  },
): CommitLog {
  const entry = log.entries.find(({ seq }) => seq === vote.seq);
  if (entry === undefined || entry.from === vote.by) return log;
  if (entry.appliedBy.includes(vote.by) || entry.refusedBy.includes(vote.by)) return log;
  const voted: LogEntry =
    vote.says === "applied"
      ? { ...entry, appliedBy: [...entry.appliedBy, vote.by] }
      : { ...entry, refusedBy: [...entry.refusedBy, vote.by], refusedAtMs: vote.atMs };
  return withLogEntry(log, voted);
}

const withLogEntry = (log: CommitLog, entry: LogEntry): CommitLog => ({
  ...log,
  entries: log.entries.map((old) => (old.seq === entry.seq ? entry : old)),
});

/** When the last entry settles by time alone; `undefined` when it has. */
export function settlesAtMs(log: CommitLog, limits: RoomLimits): number | undefined {
  const last = lastEntry(log);
  return last === undefined || last.settled
    ? undefined
    : last.takenAtMs + limits.groupInfoUnconfirmedMs;
}

/** Settles the last entry if it may be. `present` are the members whose word can be waited for. SPEC LOG-6. */
export function settle(
  log: CommitLog,
  present: readonly MemberId[],
  atMs: number,
  limits: RoomLimits,
): CommitLog {
  const last = lastEntry(log);
  const dueAtMs = settlesAtMs(log, limits);
  if (last === undefined || dueAtMs === undefined) return log;
  const others = present.filter((member) => member !== last.from);
  const { appliedBy, refusedBy } = last;
  const silent = others.filter(
    (member) => !appliedBy.includes(member) && !refusedBy.includes(member),
  );
  const isDecided =
    silent.length === 0 ||
    (appliedBy.length > 0 && refusedBy.length === 0) ||
    // Whatever the silent say, it falls.
    refusedBy.length > appliedBy.length + silent.length;
  return isDecided || atMs >= dueAtMs ? withLogEntry(log, { ...last, settled: true }) : log;
}

/** Until when a member may not commit, because an entry of its own does not stand. SPEC LOG-5. */
export function pausedUntilMs(log: CommitLog, member: MemberId, limits: RoomLimits): number {
  return log.entries.reduce(
    (untilMs, entry) =>
      entry.from === member && entry.refusedAtMs !== undefined && !stands(entry)
        ? Math.max(untilMs, entry.refusedAtMs + limits.refusedCommitterMs)
        : untilMs,
    0,
  );
}

/**
 * Members whose own word shows that they are not where the head is: they refused the entry that is the head, or made
 * or applied another of its epoch or a later one, and have not joined since. SPEC LOG-10.
 */
export function strayMembers(log: CommitLog): ReadonlySet<MemberId> {
  const strays = new Set<MemberId>();
  if (!isSettled(log)) return strays;
  const head = headOf(log);
  const newest = log.entries.find(({ seq }) => seq === head.seq);
  const joinedAt = new Map<MemberId, Seq>();
  for (const { kind, from, seq } of log.entries) if (kind === "join") joinedAt.set(from, seq);
  for (const entry of log.entries) {
    if (entry.epoch < (newest?.epoch ?? head.epoch)) continue;
    const against = entry === newest ? entry.refusedBy : [entry.from, ...entry.appliedBy];
    for (const member of against) {
      // What it said before it joined again, it said of another state.
      if (entry.seq >= (joinedAt.get(member) ?? 0)) strays.add(member);
    }
  }
  return strays;
}

/** Puts another GroupInfo in the place of the one that follows from entry `seq`. SPEC LOG-8. */
export function republish(log: CommitLog, seq: Seq, info: KeptGroupInfo): CommitLog | undefined {
  const head = headOf(log);
  if (seq !== head.seq || info.epoch !== head.epoch) return undefined;
  return { ...log, groupInfos: withEntry(log.groupInfos, seq, info) };
}
