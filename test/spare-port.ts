/** Ports for servers that cannot be told to take any, or that must find theirs free when they are started again. */
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/** Below those that the system gives to whoever calls out or takes any. */
const PORTS = { first: 10_000, last: 22_000 };

/** One that nobody has now; nor has anybody the one that is `alsoAbove` it. */
export async function sparePort({ alsoAbove = 0 } = {}): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.first, PORTS.last);
    if ((await isSpare(port)) && (alsoAbove === 0 || (await isSpare(port + alsoAbove)))) return port;
  }
}

async function isSpare(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
