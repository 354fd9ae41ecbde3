/** The bounds of the trust boundary and of what is told there: a part of `LIMITS`, by name, each with its reason. */
const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const BOUNDARY_LIMITS = {
  /** Contracts of a project, and secrets of one: the current one and the one it replaces. */
  contractsPerProject: 50,
  secretsPerContract: 2,
  secretCharacters: 512,
  /** A shared secret shorter than this can be guessed. */
  secretShortest: 16,
  /** One text of a contract, and a set of public keys in it: ten large ones have 8 000 characters. */
  contractTextCharacters: 500,
  keySetCharacters: 64 * 1024,
  /** How far the time stamp of a signature may be off: as long it could be shown again, and has to be remembered. */
  longestToleranceMs: HOUR,
  /** How long a secret that is being replaced stays good at most. */
  longestSecretOverlapMs: 90 * DAY,
  /** Contracts that one monitor or project accepts, those that are always there included. */
  acceptedContracts: 20,
  /** Boundaries kept ready for check-ins, one for each project and choice of contracts; the first made goes first. */
  boundariesReady: 1_000,
  /** Origins that may be verified from one project. */
  targetsPerProject: 50,
  /** Of what a refusal says: it is kept, and part of a title. */
  refusalTextCharacters: 500,
  /** When to come again after nothing could be proven: the keys of an issuer are asked for no sooner. */
  provingRetryAfterSeconds: 60,
  /** Proofs remembered so that none is shown twice. */
  proofUsesPerProject: 100_000,
  /** Deploy markers kept: the latest ones say what may have changed. */
  deploysKept: 50,
  /** Routes with a guard in one project, and instants of calls kept of each. */
  guardedRoutesPerProject: 500,
  guardCallsKept: 50,
  /** Configuration hashes kept of a route: more than two at once are a roll-out, and the latest ones tell it. */
  guardHashesKept: 4,
  /** Instances of one route whose rules differ for longer than that are no roll-out any more. */
  guardRollOutMs: 10 * MINUTE,
  /** Of one monitor's guarded routes, those that a decision looks at: they are kept with it. */
  guardRoutesSeen: 10,
  /** Decisions in one batch of a guard, and how long it may have kept them; an older one is dated by its arrival. */
  receiptsPerBatch: 500,
  receiptBackMs: 10 * MINUTE,
  /** A route that was not heard of for so long has gone, and is compared with no other. */
  guardQuietMs: 7 * DAY,
  /** Of what a guard tells: a route as it is shown, and the words of what was expected and what came. */
  routeCharacters: 200,
  boundaryWordsCharacters: 200,
  /** Of those words, in a title: two of them and the names must leave it one sentence. */
  boundaryWordsShown: 110,
  /** A deploy is near what broke within this. */
  deployNearMs: DAY,
  /** Slugs among which the one that was meant is looked for. */
  slugsCompared: 2_000,
  /** A guard in a process that lives on says so every minute; two signs further apart than this have a gap between. */
  guardSignMs: MINUTE,
  guardSignGapMs: 3 * MINUTE,
  /** Decisions that a guard keeps while Rollcall cannot be reached: some megabytes of somebody else's program. */
  guardReceiptsWaiting: 2_000,
  /** A guard tells at most so often; what comes meanwhile goes along. One telling is given up after the second. */
  guardBatchMs: 100,
  guardSendMs: 5 * SECOND,
  /** What could not be told is tried again after this, twice as long each time, at most the second. */
  guardRetryMs: SECOND,
  guardLongestRetryMs: 30 * SECOND,
  /** How long a process is kept from being frozen so that its decisions are told. */
  guardFlushMs: 5 * SECOND,
  /** Keys of an issuer, as it gives them out. */
  guardIssuerBytes: 256 * 1024,
  /** Proofs that one process of a guard remembers, so that none is good twice. */
  guardProofs: 10_000,
  /** Routes told by their own name: a program has a few that are scheduled. */
  guardRoutes: 50,
  /** Joined and written again so often against other processes, before a caller is told to come again. */
  boundaryWriteRounds: 20,
  /** Changes of one project's refusals, routes or verifications that wait for each other in one process. */
  boundaryWritesWaiting: 1_000,
  /** Proofs remembered by the read-only twin of check-ins, so that one shown there twice is refused there. */
  proofsLookedAt: 10_000,
  /** Verifications kept of one address, and addresses of one project. */
  verificationsKept: 20,
  verifiedUrlsPerProject: 200,
  /** Calls of one verification under way at once, and how long it may take: somebody waits for it. */
  verificationCallsAtOnce: 6,
  verificationMs: 40 * SECOND,
  verifiedUrlCharacters: 1_000,
  /** How long the scheduler's own call may be waited for. */
  longestObservationMs: 26 * HOUR,
  /** A faster schedule is for watching, not for living with. */
  longestAccelerationMs: 24 * HOUR,
  defaultAccelerationMs: HOUR,
  /** Its steps: begun, taken back, and what the rhythm of its runs says afterwards. */
  accelerationEntries: 10,
  /** So many starts in a row in the faster rhythm show that the real scheduler was not set back: two may be stray. */
  fasterStarts: 3,
  /** Keys of an issuer are asked for at most so often, and so long within a check-in. */
  jwksEveryMs: MINUTE,
  jwksWaitMs: SECOND,
  /** Keys are asked for again after so long, so that one an issuer has taken back is good no longer. */
  jwksFreshMs: 10 * MINUTE,
  /** Issuers whose keys are remembered, by the address of their keys; and keys of one of them. */
  jwksKept: 200,
  jwksKeys: 100,
  /** Signatures looked at in one header: the current secret's and the next one's, of a version or two. */
  signaturesRead: 16,
  /** A signed message without a time stamp is known by its id, as long as GitHub lets one be delivered again. */
  messageIdsKeptMs: 3 * DAY,
  /** So near to whole hours a signature from later than now is a clock in another zone. */
  zoneSkewMs: MINUTE,
  /** Clocks of two machines differ. */
  proofSkewMs: 30 * SECOND,
  /** A token longer than this is none that an issuer made. */
  tokenCharacters: 16_384,
  /** A channel that has told nothing for so long is tried with a message of its own. */
  selfTestEveryMs: 7 * DAY,
  /** Shorter, and the tests would be what the channel is for. */
  shortestSelfTestMs: HOUR,
  /** Well within history: by what was sent it is known when a channel last delivered. */
  longestSelfTestMs: 60 * DAY,
} as const;
