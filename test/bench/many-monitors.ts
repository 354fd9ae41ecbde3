/** What a hundred thousand monitors take of memory and disk, at rest and after all of them have checked in. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { DATABASE_FILE } from "../../src/stores/sqlite/opening.ts";
import { PING_KEY } from "../e2e/server-program.ts";
import { megabytes, type Benchmark } from "./figures.ts";
import { loadFor } from "./load.ts";
import { fillFolder } from "./monitors.ts";
import { makeFolder, memoryOf, startRollcall } from "./programs.ts";

const MONITORS = 100_000;
const CONNECTIONS = 64;
const ROUND_MS = 1_000;
const ROUNDS = 60;

export const manyMonitors: Benchmark = {
  name: "many-monitors",
  about: `memory and disk at ${MONITORS} monitors`,
  async run({ isProfiled }) {
    const folder = makeFolder();
    await fillFolder(folder.path, { count: MONITORS, input: () => ({ schedule: { every: 86_400_000 } }) });
    const fileBytes = statSync(join(folder.path, DATABASE_FILE)).size;
    const server = await startRollcall({ data: folder.path, isProfiled });
    try {
      const atRest = memoryOf(server.pid);
      const heard = await checkInAll(server.port);
      return [
        { what: `database of ${MONITORS} monitors`, figure: megabytes(fileBytes) },
        { what: "memory after the start", figure: memoryText(atRest) },
        { what: `memory after ${heard} of them checked in`, figure: memoryText(memoryOf(server.pid)) },
      ];
    } finally {
      await server.stop();
      folder.remove();
    }
  },
};

/** How many have checked in, in the time there is. */
async function checkInAll(port: number): Promise<number> {
  let heard = 0;
  const request = (): string => {
    const path = `/checkin/${PING_KEY}/job-${heard % MONITORS}`;
    heard += 1;
    return `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`;
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    await loadFor({ port, connections: CONNECTIONS, ms: ROUND_MS, request });
    if (heard >= MONITORS) return MONITORS;
  }
  return heard;
}

function memoryText(bytes: number | null): string {
  return bytes === null ? "not told by this system" : megabytes(bytes);
}
