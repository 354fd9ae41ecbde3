/** A TCP proxy that can hold all bytes back, as a network does that has stopped, and let them go again. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface StallingProxy {
  port: number;
  /** From now on nothing passes in either direction; connections stay open, new ones are taken and hang. */
  stall(): void;
  resume(): void;
  close(): Promise<void>;
}

export async function startStallingProxy(toPort: number): Promise<StallingProxy> {
  const sockets = new Set<Socket>();
  let isStalled = false;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    if (isStalled) socket.pause();
  };
  const server = createServer((near) => {
    const far = connect(toPort, "127.0.0.1");
    // Not piped: a pipe would go on reading what is to be held back.
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      keep(from);
      from.on("data", (bytes) => to.write(bytes));
      from.on("close", () => to.destroy());
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    stall() {
      isStalled = true;
      for (const socket of sockets) socket.pause();
    },
    resume() {
      isStalled = false;
      for (const socket of sockets) socket.resume();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
