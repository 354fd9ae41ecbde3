/**
 * Time that passes only when nothing is left to do: what happens later waits in a queue, and between two instants
 * everything that can go on without time passing goes on to its end.
 */

export interface VirtualTime {
  now(): number;
  /** At this instant, or now if it has passed; those of one instant in the order in which they were asked for. */
  at(instant: number, action: () => void): void;
  after(delayMs: number, action: () => void): void;
  wait(delayMs: number): Promise<void>;
  /** Work that goes on outside the queue and needs no time: the next instant waits for it. */
  busy<Result>(work: Promise<Result>): Promise<Result>;
  runUntil(endAt: number): Promise<void>;
}

interface Waiting {
  at: number;
  order: number;
  action: () => void;
}

export function createVirtualTime(startAt: number): VirtualTime {
  let nowAt = startAt;
  let order = 0;
  let underway = 0;
  let ended = Promise.withResolvers<void>();
  const queue: Waiting[] = [];

  const settle = async (): Promise<void> => {
    for (;;) {
      const next = ended.promise;
      await new Promise((resolve) => setImmediate(resolve));
      if (underway === 0) return;
      // Another thread works, which may take long: asking again and again would only be in its way.
      await next;
    }
  };
  const time: VirtualTime = {
    now: () => nowAt,
    at(instant, action) {
      order += 1;
      // Instants are whole milliseconds, as every clock gives them.
      put(queue, { at: Math.max(nowAt, Math.ceil(instant)), order, action });
    },
    after: (delayMs, action) => time.at(nowAt + delayMs, action),
    wait: (delayMs) => new Promise((resolve) => time.after(delayMs, resolve)),
    busy(work) {
      underway += 1;
      return work.finally(() => {
        underway -= 1;
        ended.resolve();
        ended = Promise.withResolvers();
      });
    },
    async runUntil(endAt) {
      await settle();
      for (let next = queue[0]; next !== undefined && next.at <= endAt; next = queue[0]) {
        take(queue);
        nowAt = next.at;
        next.action();
        await settle();
      }
      nowAt = endAt;
    },
  };
  return time;
}

function isBefore(one: Waiting | undefined, other: Waiting | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** A heap: the earliest is the first, and each is before its two children. */
function put(queue: Waiting[], one: Waiting): void {
  let index = queue.push(one) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!isBefore(queue[index], queue[parent])) return;
    swap(queue, index, parent);
    index = parent;
  }
}

function take(queue: Waiting[]): void {
  const last = queue.pop();
  if (last === undefined || queue.length === 0) return;
  queue[0] = last;
  let index = 0;
  for (;;) {
    const [left, right] = [2 * index + 1, 2 * index + 2];
    let earliest = index;
    if (isBefore(queue[left], queue[earliest])) earliest = left;
    if (isBefore(queue[right], queue[earliest])) earliest = right;
    if (earliest === index) return;
    swap(queue, index, earliest);
    index = earliest;
  }
}

function swap(queue: Waiting[], one: number, other: number): void {
  const [first, second] = [queue[one], queue[other]];
  if (first === undefined || second === undefined) return;
  queue[one] = second;
  queue[other] = first;
}
