/** What a benchmark tells: lines of one table, each with what is wanted of it where something is. */

export interface Figure {
  what: string;
  /** How many a second of wall time, and of the server's CPU time. */
  perSecond?: number | null;
  perCpuSecond?: number | null;
  /** The figure that counts, in words: a ratio, a time, a size. */
  figure?: string;
  wanted?: string;
}

export interface Options {
  /** A million monitors where else a hundred thousand will do. */
  isFull: boolean;
  /** Leaves CPU profiles of the servers beside the results. */
  isProfiled: boolean;
}

export interface Benchmark {
  /** What it is run by: `npm run bench -- <name>`. */
  name: string;
  about: string;
  run(options: Options): Promise<readonly Figure[]>;
  /** Runs only where it is named: by itself, or with all of its group. */
  group?: string;
}

export function percent(ratio: number | null): string {
  return ratio === null ? "" : `${(ratio * 100).toFixed(1)} %`;
}

export function seconds(durationMs: number): string {
  return `${(durationMs / 1_000).toFixed(2)} s`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** How long the work takes, on the wall and in this process' CPU time. */
export async function timed(work: () => Promise<void>): Promise<{ wallMs: number; cpuMs: number }> {
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallMs: performance.now() - startedAt, cpuMs: (user + system) / 1_000 };
}
