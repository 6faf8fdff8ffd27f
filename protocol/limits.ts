/** Every bound of the wire, each with its reason. Sizes are bytes, rates are per second unless the name says otherwise. */
export const LIMITS = {
  /** One signaling message. A commit for 100 leaves is about 20 KiB; trimmed SDP is 3 KiB. */
  messageBytes: 64 * 1024,
  /** One frame of the room relay: a 4K key frame at call rates fits. */
  relayFrameBytes: 256 * 1024,
  /** Workers runtime: a hibernating socket's attachment holds 16 KiB. */
  attachmentBytes: 16 * 1024 - 512,
  /** A sealed GroupInfo with its tree for 100 leaves. */
  groupInfoBytes: 48 * 1024,
  /** A commit with its path for 100 leaves. */
  commitBytes: 40 * 1024,
  /** A sealed signal: one trimmed session description, or a batch of candidates. */
  signalBytes: 16 * 1024,
  /** A sealed group message: chat text with its framing. */
  castBytes: 32 * 1024,
  /** A sealed policy with 500 bans. */
  policyBytes: 48 * 1024,
  /** What goes to the door beside a commit: two policies and the sealed secret of a new link. */
  doorChangeBytes: 32 * 1024,
  /** A sealed knock: three keys, two signatures and a name. */
  knockBytes: 1024,
  /** A sealed ticket with its delegation, which holds two more keys and signatures. */
  ticketBytes: 1024,
  /** Bans in one policy. Four copies of it travel with a commit, and 200 of them are 12 KiB. */
  bans: 200,
  /** People with a role, host links nobody took yet included. */
  roles: 20,
  /** A display name, counted in Unicode code points. */
  nameCodePoints: 64,
  /** A room label behind the secret in the link, counted in Unicode code points. */
  labelCodePoints: 64,
  /** People in one call: beyond this a mesh costs each member more than a home line has. */
  callMembers: 16,
  /** Leaves that the group, the room and the wire are built and tested for. */
  groupMembers: 100,
  /** People waiting for admission at once. */
  waiting: 50,
  /** Between two knocks, or two tickets, of one socket: an honest client asks once a second. */
  askEveryMs: 500,
  /** A host whose ticket nobody answered for this long may start anew. */
  ticketUnansweredMs: 3_000,
  /** Members a group remembers as admitted, or as blocked; the oldest go. */
  admissionsKept: 500,
  /** Hashes of links in force before, and ended calls, that a room remembers; the oldest go. */
  retiredKept: 100,
  /** Sockets one member id may hold: the one in use, and the one replacing it. */
  socketsPerMember: 2,
  /** Sockets of one room, waiting and watching people included. */
  socketsPerRoom: 250,
  /** Lobby visitors of one address tag that are told of epochs before they join. Joining is never limited by this. */
  lobbyVisitorsPerAddress: 10,
  /** Token bucket of one socket. */
  socketBurst: 200,
  socketPerSecond: 50,
  /** Commits a room keeps for those who lag; further behind means resync. */
  commitsKept: 64,
  /** Challenges must be answered within this time. */
  challengeTimeoutMs: 10_000,
  /** A turn to commit, granted to those who lost a conflict. */
  turnLeaseMs: 2_000,
  /** A GroupInfo that nobody refused within this time is handed out, though nobody said `applied`. */
  groupInfoUnconfirmedMs: 3_000,
  /** A device whose entry was refused may not commit for this long. */
  refusedCommitterMs: 60_000,
  /** A group without a socket for this long has ended. */
  groupIdleMs: 5 * 60_000,
  /** An ended group's id, epoch and members are remembered so that they may publish it again. */
  endedGroupMs: 24 * 3_600_000,
  /** A room nobody used for this long deletes itself. */
  roomIdleMs: 30 * 24 * 3_600_000,
  /** Clients ping (by the runtime's auto-response) this often. */
  pingMs: 5_000,
  /** A member whose socket has been silent this long counts as gone when somebody asks. */
  goneSilentMs: 15_000,
  /** Life of a room token, seconds. An open socket outlives it. */
  tokenLifetimeSec: 600,
  /** Allowed difference between the clock of a token request and the edge's, seconds. */
  tokenClockSkewSec: 300,
  /** Life of a TURN credential, seconds. */
  turnLifetimeSec: 3_600,
  /** Live TURN credentials per member. */
  turnLivePerMember: 2,
  /** Rooms one address tag may create in a minute and in a day. */
  createPerMinute: 10,
  createPerDay: 200,
  /** Tokens one address tag may ask for in a minute (offices share an address), and one room. */
  tokensPerMinutePerAddress: 120,
  tokensPerMinutePerRoom: 240,
  /** A `bye` is valid for this many epochs from the one it names. */
  byeEpochs: 8,
  /** Members one remover may call `gone` within `goneWindowEpochs` consecutive epochs. */
  goneRemovals: 3,
  goneWindowEpochs: 16,
  /** What a member has said for the security code is said again to whoever lacks it this often, and in answer to a repetition at most this often. */
  codeRepeatMs: 2_000,
  codeAnswerMs: 1_000,
  /** Repetitions one member is answered in one run: a few lost messages are, a flood is not. */
  codeAnswers: 20,
  /** Who has not done their part of the security code by then is named. */
  codeSilentMs: 10_000,
  /** People one device remembers as verified: the oldest go first. */
  verifiedKept: 200,
} as const;
