/**
 * Every bound in Rollcall, by name, with its reason. Nothing that loops, queues, keeps or reads is
 * unbounded; a limit that is reached is told to whoever reached it.
 */
import { BOUNDARY_LIMITS } from "./boundary-limits.ts";
import { QUEUE_LIMITS } from "./queue-limits.ts";
import { STORE_LIMITS } from "./store-limits.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const LIMITS = {
  ...BOUNDARY_LIMITS,
  ...QUEUE_LIMITS,
  ...STORE_LIMITS,
  /** A body is read this far; what lies beyond is not waited for, so that a stream cannot hold a check-in. */
  bodyReadBytes: 1024 * 1024,
  /** Beyond that so much more is thrown away while the answer is on its way; then the connection is closed. */
  bodyDiscardedBytes: 64 * 1024 * 1024,
  /** The tail of a body that is kept: the end of a log says what went wrong. */
  bodyKeptBytes: 100_000,
  /** The part of that tail which rides in the monitor's own state while a run is open. */
  messageKeptCharacters: 1_000,
  /**
   * What a run tells of itself, as JSON: it rides in its monitor's state and is read with every check-in. The parts of
   * it below leave room for some steps whatever is sent; steps have what the others leave: 200 of the usual size.
   */
  outcomeCharacters: 72 * 1024,
  /** Steps of a run that are kept: more than people read. Others are counted, failed ones the last of all. */
  stepsPerRun: 200,
  /** A plan names steps, so it has no more of them. */
  plannedSteps: 200,
  planCharacters: 8_000,
  /** Each has a baseline of its own. */
  metricsPerRun: 64,
  metricsCharacters: 8_000,
  /** Files, pages and records that show a run's work; each may be probed. */
  evidencePerRun: 50,
  evidenceCharacters: 8_000,
  /** Hosts by status of their answers: a job calls a few hosts, a crawler is told by its counts. */
  httpTallies: 50,
  httpCharacters: 6_000,
  /** The end of a log says what went wrong. */
  logCharacters: 6_000,
  /** What is not known to Rollcall, for people and for checks of the outcome's shape. */
  extraCharacters: 4_000,
  extraDepth: 8,
  /** Names and ids of steps, metrics, evidence: a line on a page. */
  outcomeNameCharacters: 100,
  /** Errors of steps, and what else is a sentence. */
  outcomeTextCharacters: 300,
  /** A longer address cannot be kept: cut, it would lead elsewhere. */
  evidenceUrlCharacters: 1_000,
  /** Tries of one step; more is a mistake in counting. */
  stepAttempts: 1_000_000,
  /** Fields named one by one in an answer: the rest is counted. */
  problemsTold: 20,
  /** A check-in's request must be wholly read by then; its `receivedAt` is stamped after that. */
  checkInReadMs: 10 * SECOND,
  /**
   * A check-in may wait so long to be decided, and judging with it: longer than a stall that is no blind spot yet.
   * Beyond it nobody waits, for a blind spot moves the deadlines itself.
   */
  arrivalHeldMs: MINUTE,
  /** Job-given run ids; longer than any scheduler's own. */
  runIdCharacters: 128,
  /** Characters of an error's text in which its class is looked for, half of them at either end. */
  errorTextCharacters: 2_000,
  /** Of texts that a job told, in one sentence about its run: a title must fit where titles are shown. */
  stepNameShownCharacters: 60,
  hostShownCharacters: 80,
  errorShownCharacters: 160,
  checksShown: 2,
  storyCharacters: 480,
  /** Kinds of refusals by hosts that an incident tells of; the run has them all. */
  talliesTold: 5,
  /** Beside an incident: failed checks, unusual figures, and the end of the job's log. */
  checksTold: 10,
  usualTold: 5,
  logTailCharacters: 500,
  logTailLines: 5,
  /** Runs of one monitor open at once; the oldest is ended as incomplete when one more comes. */
  openRuns: 32,
  /** Remarks kept on one run. */
  runNotes: 20,
  /** Finished runs of one monitor that await a proof from outside; the oldest is unverified when one more comes. */
  runsAwaiting: 32,
  /** A proof is asked for again after this, until it is there or its time is over. */
  proofEveryMs: 30 * SECOND,
  /** Proofs asked for at once: of one monitor, and in all. */
  proofsPerMonitor: 2,
  proofsAtOnce: 16,
  /** Questions that wait for a place; more are left to be asked the next time. */
  proofsWaiting: 1_000,
  /** Runs of one window kept on its row by id; more are counted. */
  extraRuns: 20,
  /** Windows judged in one decision; the rest wait for the next tick so that nobody is starved. */
  windowsPerTick: 1_000,
  /** Monitors judged in one turn of the loop. */
  monitorsPerTurn: 500,
  /**
   * Of those, decided side by side, so that their commits can be made durable together. A check-in that comes
   * meanwhile waits for a slice, so a slice is a matter of milliseconds.
   */
  monitorsPerSlice: 25,
  /** A monitor that could not be judged is tried again after this. */
  leftOutMs: 30 * SECOND,
  /** Rounds of load, decide, commit against other writers before a caller is told to come again. */
  staleRounds: 5,
  /**
   * The same where other processes write too: decisions wait for each other in one process only, and of two that write
   * one loses each round. A check-in that takes too long is refused by its age.
   */
  sharedStaleRounds: 25,
  /** Schedule versions of one monitor kept because windows that had opened still belong to them. */
  timingsKept: 20,
  /** Windows that may lie inside one grace: the state keeps those with a start beyond an unjudged one. */
  windowsInGrace: 500,
  /** Windows folded into one range row, so that splitting one stays a matter of milliseconds. */
  windowsPerRange: 1_000,
  /** More than that a range may stand for after a change of the time-zone data: three hours of every second. */
  windowsRecounted: 3 * 3_600,
  /** Cron counts in seconds. */
  shortestGapMs: SECOND,
  /** `every` beyond a year is a calendar, not an interval. */
  longestEveryMs: 400 * DAY,
  /** No expression may promise a run that nobody now working will see. */
  longestSearchYears: 50,
  expressionsPerMonitor: 20,
  expressionCharacters: 200,
  /** Durations of grace, early and runtime. */
  longestGraceMs: 400 * DAY,
  /** A default grace is a quarter of the gap within these. */
  shortestDefaultGraceMs: 5 * SECOND,
  longestDefaultGraceMs: 10 * MINUTE,
  /** A default runtime is the gap plus grace within these. */
  shortestDefaultRuntimeMs: HOUR,
  longestDefaultRuntimeMs: 24 * HOUR,
  /** Two check-ins of a kind within this (or half the gap) are one, where nothing else tells them apart. */
  sameWithinMs: MINUTE,
  /** How far back a spooled check-in may claim to have happened. */
  lateDeliveryMs: 7 * DAY,
  /** A late-delivered start leaves its finish at least this long to be delivered too. */
  lateFinishMs: MINUTE,
  /** Past check-in keys remembered against duplicates: as long as a spool may deliver. */
  receiptKeptMs: 8 * DAY,
  /** Hearing: how often a sign of life is stored, and the gap that makes a blind spot. */
  signOfLifeMs: 5 * SECOND,
  blindAfterMs: 15 * SECOND,
  /** Where several processes share a store nothing is judged beyond the latest sign, so they come closer together. */
  sharedSignOfLifeMs: SECOND,
  /** A process that hears nothing itself looks so often at the signs of others: what it judges is older than that. */
  lookForSignsMs: 250,
  /**
   * A process whose own clock stood still waits so long for a sign of the others before it takes that for a blind
   * spot: two signs, and one on its way.
   */
  standstillHeldMs: 3 * SECOND,
  /**
   * Where several processes share a store, a check-in is committed within this of its receipt or refused. The store
   * sees to it: a process that stalls cannot.
   */
  commitWithinMs: 600,
  /**
   * There, whoever checks in is answered so soon, though what was asked of the store hangs or waits in line: two seconds
   * are promised, and the way there and back is part of them.
   */
  answeredWithinMs: 1_700,
  /** So far the clock of a process may be off that of the store. */
  clockOffMs: 200,
  /**
   * There, absence is judged so late: what was received before is committed then, though the clocks of the process
   * that received it and of the one that judges are each 200 ms off the store's.
   */
  settleMs: SECOND,
  /** A window is affected from this long before it was expected, and is given this long after the blind end. */
  blindMarginMs: MINUTE,
  /** Follow-ups that name the monitors left unknown by one blind spot. */
  blindFollowUpMs: 15 * MINUTE,
  /** Those whose next window is further off than this are named first. */
  blindUrgentMs: HOUR,
  /** Thresholds count results in a row; beyond this an alert would never come. */
  threshold: 100,
  timelineEntries: 200,
  /** Results a streak remembers, so that each of the latest may still be taken back; more are not revised in a row. */
  recentResults: 8,
  /** Check-ins a minute and monitor stored singly; ten times that is refused. */
  checkInsPerMinute: 600,
  checkInsPerMinuteRefused: 6_000,
  /** Failed proofs an address (its /24 or /64) may send a minute before it is refused unseen. */
  failedProofsPerMinute: 60,
  /** The same for proofs that are made anew for each request: nobody guesses a signature, and CI jobs share addresses. */
  failedTokensPerMinute: 600,
  /** Addresses remembered for that; the least recently seen is forgotten first. */
  addressesRemembered: 10_000,
  /** Ping keys in use at once whose proof is not made anew for every check-in. */
  keysProven: 10_000,
  /** Keys, names of monitors and the like kept at hand for check-ins, of each kind; the first kept goes first. */
  remembered: 100_000,
  /** Rejections: folded by monitor, reason and address; instants kept of each; entries of a project. */
  rejectionFirstKept: 20,
  rejectionLastKept: 80,
  rejectionsPerProject: 1_000,
  /** Near rejections counted into a title; beyond it says "or more", so that a flood is not a write each. */
  rejectionsCounted: 100,
  /** Instants of refusals that one decision looks at, the latest ones: a flood must not grow a decision. */
  rejectionMarks: 1_000,
  /** Delivery. */
  outboxGiveUpMs: 24 * HOUR,
  attemptsKept: 50,
  retryFirstMs: 2 * SECOND,
  retryLongestMs: 10 * MINUTE,
  retryAfterLongestMs: HOUR,
  digestOver: 20,
  digestTitles: 20,
  sendTimeoutMs: 10 * SECOND,
  sendLeaseMs: 30 * SECOND,
  /** No send begins later than this after its claim: one takes two exchanges at most, and the lease must outlast it. */
  sendStartMs: 10 * SECOND,
  /** Sends under way at once, on one channel and in all. */
  sendsPerChannel: 4,
  sendsAtOnce: 32,
  /** Batches claimed at once; a digest counts what came together. */
  batchesPerClaim: 500,
  /** Claims of one channel after another before others have a turn: ten thousand batches. */
  claimsPerDrain: 20,
  responseReadBytes: 64 * 1024,
  /** Shortest reminder: more often is noise. */
  shortestRemindMs: 5 * MINUTE,
  /** A heartbeat: often enough to be missed within a minute or two, though one is lost; seldom enough for any receiver. */
  heartbeatEveryMs: 20 * SECOND,
  /** A readiness probe fails when the oldest due window waits longer than this. */
  readyLagMs: MINUTE,
  slugCharacters: 100,
  nameCharacters: 200,
  /** A few paragraphs: it is read with its monitor at every check-in. */
  descriptionCharacters: 4_000,
  tags: 20,
  channelsPerMonitor: 20,
  /** Checks of one monitor: they are read with it at every check-in, and all of them are told of one run. */
  checksPerMonitor: 50,
  /** Names in checks: of metrics, steps, evidence. */
  checkNameCharacters: 200,
  /** Metrics that a baseline is limited to: as many as a run may tell, and the counts. */
  baselineMetrics: 70,
  /** How long after the finish an address may be asked for: a run that is nothing yet is not kept for longer. */
  longestVerifyByMs: 24 * HOUR,
  /** Addresses that one check stands for: each is asked. */
  urlsPerCheck: 5,
  /** Clocks of two machines differ; evidence dated further ahead than this was not made by its run. */
  evidenceAheadMs: 5 * MINUTE,
  /** Entries of a list in a channel's settings: receivers of one email. */
  listedTexts: 50,
  reasonCharacters: 500,
  /** A configuration file, as text and with its aliases filled in: it travels as one body. */
  configurationBytes: 1024 * 1024,
  /** Aliases of one file: enough to write a common part once, too few for one that multiplies itself. */
  configurationAliases: 10_000,
  /** Things within things: far more than the deepest field that there is. */
  configurationDepth: 20,
  /** Monitors of one file: each takes a quarter of a millisecond in which no check-in is answered. */
  configurationMonitors: 5_000,
  pageItems: 200,
  /** The place in a list whose order changes names all that was shown: every rejection of a project, as numbers. */
  cursorCharacters: 12_000,
  previewCount: 100,
  /** Runs shown to whoever saves a schedule, or previews one and names no number. */
  runsShown: 5,
  /** The longest period one report or one page of derived windows walks over. */
  derivedWindows: 10_000,
  /** A batch of spans as it is sent, and as it is decompressed: an exporter sends 512 spans of a few kB at most. */
  traceBodyBytes: 4 * 1024 * 1024,
  traceBatchBytes: 16 * 1024 * 1024,
  /** Of one batch; exporters send 512 spans of 128 attributes and 128 events unless they are told otherwise. */
  spansPerBatch: 10_000,
  tracesPerBatch: 500,
  attributesPerSpan: 256,
  eventsPerSpan: 128,
  /** Of one attribute that is looked at: an error's message; of contents only the size is kept. */
  attributeCharacters: 4_096,
  /** Lists within lists of one attribute: deeper ones are nothing that is looked at. */
  attributeDepth: 8,
  /** The wrapper `exec`: how long a job's end may wait for the answers to its start and its finish. */
  execStartWaitMs: 2 * SECOND,
  execFinishWaitMs: 5 * SECOND,
  /**
   * What a wrapped job may write into its outcome file: two hundred steps, and what is left of a kept body is for the
   * end of its output.
   */
  outcomeFileBytes: 80_000,
  /** Check-ins kept on disk while Rollcall cannot be reached; the oldest make room for the newest. */
  spoolFiles: 1_000,
  spoolBytes: 50 * 1024 * 1024,
  /** Refused and damaged ones kept for a person to look at. */
  spoolSetAsideFiles: 100,
  /** One that a sender took and has not dealt with for this long is taken over: that sender has died. */
  spoolClaimMs: MINUTE,
  /** Failed deliveries after which one pass over the spool leaves that server alone. */
  spoolStrikes: 3,
  /** How long the sender that `exec` leaves behind keeps trying, and its longest wait between two tries. */
  senderTriesMs: HOUR,
  senderLongestWaitMs: 30 * SECOND,
  /** Good values remembered of one metric, and how many it takes to say what is usual. */
  learnedValues: 20,
  learnedAtLeast: 8,
  /** Metrics remembered of one monitor: they ride in its state. Those told longest ago make room. */
  learnedMetrics: 24,
  /** A run over in a tenth of its time is looked at where it usually takes so long. */
  shortRunsUsuallyMs: 10 * SECOND,
  /** A run is not looked at for taking so little longer, however even the others were. */
  longerRunsMs: 10 * SECOND,
  /** Without a check of its own a run has to do most of what it expected: half of it, or it has failed. */
  expectedShareUsual: 0.95,
  expectedShareGross: 0.5,
  /** Of what is grossly wrong so much is kept with a run; the rest is counted. */
  grossFaultsTold: 10,
  /** So many retries before success are worth a look. */
  retriesUsual: 5,
  /** An expression: several lines, and no program. */
  celCharacters: 2_000,
  /** `all` within `all` within `all`: with 200 steps eight million turns, which the time for it ends. */
  nestedComprehensions: 3,
  /** A schema of an outcome, in characters and things within things. */
  schemaCharacters: 20_000,
  schemaDepth: 30,
  /** Expressions and schemas kept ready to be evaluated; all that one machine's monitors have. */
  expressionsKept: 2_000,
  schemasKept: 500,
  /** An expression or schema may take so much of a processor's time: a thousand times what a simple one takes. */
  evaluationMs: 50,
  /** Reading one for the first time: the longest that are allowed take a tenth of it. */
  preparationMs: 500,
  /** It may wait so long for a processor: a late answer to a check-in is better than a false alarm. */
  evaluationWaitMs: 5 * SECOND,
  /** One that was ended so often within this is left out until it is over: each end costs all others a new thread. */
  evaluationStrikes: 3,
  evaluationStrikeMs: MINUTE,
  /** Memory of the thread in which they are evaluated. */
  evaluationMemoryMb: 128,
  /** What is evaluated, as JSON: an outcome within its own limits is smaller. */
  expertInputCharacters: 4 * 1024 * 1024,
  /** Runs that wait to be evaluated: a second of them. */
  evaluationsWaiting: 10_000,
  /** Of what an expression looked at so many values are told, and so much of each. */
  valuesTold: 5,
  valueCharacters: 60,
  /** Projects of one Rollcall: each is told of every blind spot, and each one's channels are looked at. */
  projects: 10_000,
  /**
   * Looked at or told of a blind spot side by side: nothing is decided before all are told, and so many are one write
   * to a disk.
   */
  projectsAtOnce: 200,
  /** Parts that a project's monitors are spread over: what two dozen machines with a few cores each keep busy. */
  partitionsPerProject: 64,
  /** A project that has no admin key after this was cut off while it was made, and is given its keys anew. */
  projectMakingMs: MINUTE,
  /** A file that jobs are imported from: no crontab and no manifest of a cluster comes near it. */
  importFileBytes: 16 * 1024 * 1024,
} as const;
