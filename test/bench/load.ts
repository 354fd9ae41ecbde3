/**
 * Requests over connections that are kept, one under way on each, as bare sockets: a client library on one core
 * would be slower than the server that is measured.
 */
import { connect, type Socket } from "node:net";

export interface Measured {
  answers: number;
  seconds: number;
  perSecond: number;
}

/** `request`: the bytes of the nth request. Throws when an answer is not `200 OK` in one piece. */
export async function loadFor(load: {
  port: number;
  connections: number;
  ms: number;
  request: (index: number) => string;
}): Promise<Measured> {
  const startedAt = performance.now();
  const endsAt = startedAt + load.ms;
  let sent = 0;
  let answers = 0;
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket: Socket = connect({ host: "127.0.0.1", port: load.port, noDelay: true });
      const send = (): void => {
        if (performance.now() >= endsAt) {
          socket.destroy();
          return resolve();
        }
        socket.write(load.request(sent), "latin1");
        sent += 1;
      };
      socket.once("connect", send);
      socket.once("error", reject);
      socket.on("data", (chunk: Buffer) => {
        if (chunk.toString("latin1", 0, 12) !== "HTTP/1.1 200")
          return reject(new Error(chunk.toString("latin1", 0, 400)));
        answers += 1;
        send();
      });
    });
  await Promise.all(Array.from({ length: load.connections }, one));
  const seconds = (performance.now() - startedAt) / 1_000;
  return { answers, seconds, perSecond: answers / seconds };
}
