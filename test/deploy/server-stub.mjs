/** Stands for the server program where only its being started, asked and ended counts: it tells what it was given. */
import { createServer } from "node:http";

const environment = process.env;
const given = {
  words: process.argv.slice(2),
  redis: environment.ROLLCALL_REDIS_URL,
  publicUrl: environment.ROLLCALL_PUBLIC_URL,
  vault: environment.ROLLCALL_VAULT_KEY,
  admin: environment.ROLLCALL_ADMIN_KEY,
  ping: environment.ROLLCALL_PING_KEY,
};
if (given.words.includes(environment.STUB_FAILS ?? "none")) {
  console.error("A setting is wrong.");
  process.exit(1);
}
const server = createServer((_request, response) => void response.end(JSON.stringify(given)));
server.listen(Number(environment.ROLLCALL_PORT), "127.0.0.1", () => console.log("listening"));
process.once("SIGTERM", () => server.close(() => process.exit(0)).closeAllConnections());
