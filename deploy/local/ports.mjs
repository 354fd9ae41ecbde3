/** Ports of this machine that nobody has, and what answers at those that somebody has. */
import { connect, createServer } from "node:net";

const PATIENCE_MS = 1_000;

/**
 * As many ports as are wanted, from the first on; 0 stands for any. Throws where one of them is taken: its neighbour
 * would be no surprise that anybody likes.
 * @param {{ first: number, count: number }} wanted
 * @returns {Promise<number[]>}
 */
export async function freePorts({ first, count }) {
  const servers = await Promise.all(
    Array.from({ length: count }, (_, place) => bound(first === 0 ? 0 : first + place)),
  );
  const ports = servers.map(
    (server) => /** @type {import("node:net").AddressInfo} */ (server.address()).port,
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/**
 * @param {number} port
 * @returns {Promise<import("node:net").Server>}
 */
function bound(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", () =>
      reject(new Error(`Port ${port} is in use: stop what uses it, or give another --port.`)),
    );
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

/**
 * Whether a Redis answers there; one that still reads its file does not count.
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export function isRedisReady(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    const done = (/** @type {boolean} */ isReady) => {
      socket.destroy();
      resolve(isReady);
    };
    socket.setTimeout(PATIENCE_MS, () => done(false));
    socket.once("data", (answer) => done(String(answer).startsWith("+PONG")));
    socket.once("error", () => done(false));
  });
}

/**
 * Whether a process of Rollcall says there that it can work.
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export async function isRollcallReady(port) {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`, {
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
