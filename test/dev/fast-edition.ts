/** The embedded edition as it is, but on a fast clock, with keys that are known and a folder that goes with it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "../../src/client/client.ts";
import { startEmbedded } from "../../src/editions/embedded.ts";
import { wallClock } from "../../src/system/clock.ts";
import { readSettings } from "../../src/system/settings.ts";
import { startLoop } from "../../src/system/timers.ts";
import { type FastClock, fastClock } from "./fast-clock.ts";

export const ADMIN_KEY = "rck_admin_default_devAdminSecret0123456789";
export const PING_KEY = "rck_ping_default_devPingSecret01234567890";

/** Loops turn as often as the clock needs them, whatever its speed. */
export const TURN_MS = 40;
const PACE = {
  tickMs: TURN_MS,
  deliveryMs: TURN_MS,
  hearingMs: TURN_MS,
  sweepMs: 60_000,
  selfTestMs: 1_000,
};

export interface FastEdition {
  url: string;
  client: Client;
  clock: FastClock;
  stop(): Promise<void>;
}

export async function startFastEdition(given: {
  port: number;
  speed: number;
  heartbeatUrl?: string;
}): Promise<FastEdition> {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-fast-"));
  const clock = fastClock(wallClock(), given.speed);
  const settings = readSettings({
    ROLLCALL_PORT: String(given.port),
    ROLLCALL_DATA: folder,
    ROLLCALL_ADMIN_KEY: ADMIN_KEY,
    ROLLCALL_PING_KEY: PING_KEY,
    ROLLCALL_OUTBOUND_ALLOW: "127.0.0.0/8",
    ROLLCALL_HEARTBEAT_URL: given.heartbeatUrl,
    ROLLCALL_LOG_LEVEL: "error",
  });
  const server = await startEmbedded(settings, { clock, pace: PACE });
  const stepping = startLoop({ everyMs: TURN_MS, turn: async () => clock.step(), onError: console.error });
  return {
    url: server.url,
    client: createClient({ url: server.url, key: ADMIN_KEY }),
    clock,
    async stop() {
      await stepping.stop();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
