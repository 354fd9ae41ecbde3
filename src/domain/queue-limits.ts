/** The bounds of work that several processes share through queues: a part of `LIMITS`, by name, each with its reason. */
const SECOND = 1_000;

export const QUEUE_LIMITS = {
  /** Partitions are looked at in so many groups, so that as many workers can share them. */
  tickGroups: 32,
  /** How often each group is looked at, and how many of them one worker looks at together. */
  sharedTickMs: SECOND,
  ticksAtOnce: 8,
  /** Ticks that nobody takes are not added to beyond this: four seconds of all groups. */
  ticksWaiting: 128,
  /** One tick of a group goes on for so long while more is due; then the next worker may have it. */
  tickTurnMs: SECOND,
  /** While one goes on its worker begins no other of the same group, but not for longer than this. */
  tickAloneMs: 5 * SECOND,
  /** A tick that takes this long is given up, so that it does not keep its worker from others; a chore as well. */
  tickStuckMs: 30 * SECOND,
  /** A worker that got no tick done for so long, though it tried, is not ready. */
  ticksSilentMs: 15 * SECOND,
  /** Channels that one worker sends to at once. */
  drainsAtOnce: 32,
  /**
   * A drain that takes this long is given up, and whoever asks next has the channel: twenty claims take no longer, for
   * what each has claimed is sent within a lease of half a minute.
   */
  drainStuckMs: 600 * SECOND,
  /** A drain that cannot even read the outbox so often in a row has failed; the latest of those are kept. */
  drainAttempts: 3,
  failedDrainsKept: 100,
  /** A worker that died or stands still loses its jobs after this, twice over at the most. */
  jobLockMs: 5 * SECOND,
  /** Nobody waits longer for a queue to begin; nor, at the end of a process, for an answer that nothing else depends on. */
  queueAnswerMs: 2 * SECOND,
  /** A queue that answers with errors is left alone for so long. */
  queueRestMs: SECOND,
  /** Events that BullMQ keeps of each queue: nobody reads them. */
  queueEventsKept: 100,
} as const;
