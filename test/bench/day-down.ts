/** Rollcall was down for a day: how long until all of it is judged, and how much the file grows. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { LIMITS } from "../../src/domain/limits.ts";
import { DATABASE_FILE } from "../../src/stores/sqlite/opening.ts";
import { megabytes, seconds, timed, type Benchmark } from "./figures.ts";
import { fill, openStore } from "./monitors.ts";
import { makeFolder } from "./programs.ts";
import { engineOver } from "./ticks.ts";

const MONITORS = 1_000;
const WINDOWS_A_DAY = 1_440;
const DAY_MS = 86_400_000;
/** What is delivered late after a blind spot is waited for; by then everything before it is judged. */
const LONGEST_WAIT_MS = LIMITS.blindMarginMs + 3 * LIMITS.signOfLifeMs;

export const dayDown: Benchmark = {
  name: "day-down",
  about: `${MONITORS} monitors of every minute, judged after a day in which Rollcall was down`,
  async run() {
    const folder = makeFolder();
    const size = (): number => statSync(join(folder.path, DATABASE_FILE)).size;
    let nowAt = Math.floor(Date.now() / DAY_MS) * DAY_MS;

    const before = await openStore(folder.path);
    await fill(before, {
      count: MONITORS,
      createdAt: nowAt,
      input: () => ({ schedule: { cron: "* * * * *" } }),
    });
    await (await engineOver(before, () => nowAt)).tick();
    await before.close();
    const bytesBefore = size();

    nowAt += DAY_MS;
    const after = await openStore(folder.path);
    const engine = await engineOver(after, () => nowAt);
    const { wallMs, cpuMs } = await timed(async () => {
      for (const endsAt = nowAt + LONGEST_WAIT_MS; nowAt < endsAt; nowAt += LIMITS.signOfLifeMs) {
        // What one decision leaves over is due at once.
        while ((await engine.tick()).judged > 0);
      }
    });
    await after.close();
    const bytes = size() - bytesBefore;
    folder.remove();
    const windows = MONITORS * WINDOWS_A_DAY;
    return [
      {
        what: `${windows} windows judged`,
        perSecond: (windows * 1_000) / wallMs,
        perCpuSecond: (windows * 1_000) / cpuMs,
        figure: seconds(wallMs),
      },
      {
        what: "the file grew by",
        figure: `${megabytes(bytes)}, ${(bytes / windows).toFixed(1)} bytes a window`,
      },
    ];
  },
};
