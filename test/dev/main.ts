/** `npm run dev`: a server to look at while working on it. `--speed N`: seconds a second; `--port N`. */
import { parseArgs } from "node:util";
import { RollcallError } from "../../src/domain/errors.ts";
import { startDevServer } from "./dev-server.ts";
import { ADMIN_KEY, PING_KEY } from "./fast-edition.ts";

/** Faster than this, two looks of the loops would be further apart than two signs of life may be. */
const FASTEST = 100;

const { values } = parseArgs({
  options: { speed: { type: "string", default: "60" }, port: { type: "string", default: "8377" } },
});
const speed = Number(values.speed);
const port = Number(values.port);
if (!(speed >= 1 && speed <= FASTEST) || !Number.isInteger(port)) {
  console.error(`Usage: npm run dev -- [--speed 1…${FASTEST}, seconds that pass in one] [--port N]`);
  process.exit(2);
}
try {
  const server = await startDevServer({ port, speed, tell: (line) => console.log(line) });
  const stop = (): void => void server.stop().then(() => process.exit(0));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  console.log(`
Rollcall's samples are at ${server.url}, where ${speed} seconds pass in one.

  admin key  ${ADMIN_KEY}
  ping key   ${PING_KEY}

Every status is there within half a minute. Messages to the channels:
`);
} catch (error) {
  console.error(error instanceof RollcallError ? error.message : error);
  process.exit(1);
}
