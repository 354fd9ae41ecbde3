/**
 * A user's app as it stands behind Vercel's cron jobs, run as a program of its own on the published guard: one scheduled
 * route that does its work and checks in, and the probe. Told to be hardened, it asks for a signature that no scheduler sends.
 */
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createGuard } from "rollcall/guard";

const { ROLLCALL_URL, ROLLCALL_PING_KEY, CRON_SECRET, MANUAL_SECRET, HARDENED, PORT } = process.env;
const LEADS = ["Ada", "Grace", "Mary"];

const guard = createGuard({
  rollcall: { url: ROLLCALL_URL, key: ROLLCALL_PING_KEY },
  contracts: {
    scheduler:
      HARDENED === "yes"
        ? { scheme: "hmac", signature_header: "X-App-Signature", secret: CRON_SECRET }
        : { preset: "vercel", secret: CRON_SECRET },
    people: { scheme: "bearer", principal: "manual", secret: MANUAL_SECRET },
  },
});

async function checkIn(path: string, told: object = {}): Promise<void> {
  await fetch(`${ROLLCALL_URL}/checkin/${ROLLCALL_PING_KEY}/lead-agent${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(told),
  });
}

const app = new Hono();
app.use("/api/cron", guard.hono({ monitor: "lead-agent", route: "GET /api/cron" }));
app.get("/api/cron", async (context) => {
  const run = crypto.randomUUID();
  await checkIn(`/start?run=${run}`);
  process.stdout.write(`found ${LEADS.length} leads\n`);
  await checkIn(`?run=${run}`, { counts: { expected: LEADS.length, processed: LEADS.length } });
  return context.json({ leads: LEADS });
});
app.all(guard.probe.path, guard.probe.hono);

const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(PORT) }, (address) =>
  process.stdout.write(`the app listens on ${address.port}\n`),
);
process.once("SIGTERM", () => {
  server.close();
  void guard.close();
});
