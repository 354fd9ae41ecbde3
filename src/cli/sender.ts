/**
 * The sender that `exec` leaves behind: this very program once more, detached, so that neither the job nor what
 * started it waits. Of one spool there is one; it keeps trying until the spool is empty or an hour has passed.
 */
import { spawn } from "node:child_process";
import { mkdir, open, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { LIMITS } from "../domain/limits.ts";
import { environmentForChild } from "../system/cli-settings.ts";
import { pause, startStopwatch } from "../system/pause.ts";
import { listSpool } from "./spool.ts";
import type { Spool } from "./spool.ts";

const FIRST_WAIT_MS = 1_000;

/** A sender touches its mark at least this often; one that has not for twice as long is gone. */
const MARK_STALE_MS = 4 * LIMITS.senderLongestWaitMs;

export function leaveSender(from: { programFile: string; spool: string | null }): void {
  if (from.spool === null) return;
  const child = spawn(process.execPath, [from.programFile, "flush", "--quiet", "--keep-trying"], {
    detached: true,
    stdio: "ignore",
    env: environmentForChild({ ROLLCALL_SPOOL: from.spool }),
  });
  // Too many processes: the next run or `rollcall flush` delivers what is waiting.
  child.on("error", () => undefined);
  child.unref();
}

/** Calls `turn` until nothing is left, with growing waits. At once when another sender does so already. */
export async function keepTrying(
  spool: Spool,
  turn: () => Promise<{ left: number; retryAfterMs: number | null }>,
): Promise<void> {
  const elapsed = startStopwatch();
  do {
    if (!(await takeMark(spool))) return;
    let waitMs = FIRST_WAIT_MS;
    while (elapsed() < LIMITS.senderTriesMs) {
      await touchMark(spool);
      const { left, retryAfterMs } = await turn();
      if (left === 0) break;
      await pause(Math.min(Math.max(waitMs, retryAfterMs ?? 0), LIMITS.senderLongestWaitMs));
      waitMs *= 2;
    }
    await rm(markOf(spool), { force: true });
    // What came after the last turn found its own sender turned away by our mark: it is ours.
  } while (elapsed() < LIMITS.senderTriesMs && (await listSpool(spool)).length > 0);
}

/** Two at once would be harmless, for files are taken one by one: the mark only saves processes. */
async function takeMark(spool: Spool): Promise<boolean> {
  await mkdir(spool.folder, { recursive: true, mode: 0o700 });
  const touched = await stat(markOf(spool)).catch(() => null);
  if (touched !== null && Math.abs(spool.now() - touched.mtimeMs) > MARK_STALE_MS) {
    await rm(markOf(spool), { force: true });
  }
  try {
    const mark = await open(markOf(spool), "wx", 0o600);
    await mark.close();
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

async function touchMark(spool: Spool): Promise<void> {
  const seconds = spool.now() / 1_000;
  await utimes(markOf(spool), seconds, seconds).catch(() => undefined);
}

function markOf(spool: Spool): string {
  return join(spool.folder, "sender");
}
