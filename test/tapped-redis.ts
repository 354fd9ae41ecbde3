/**
 * A way to Redis on which a test sees every command of one process, and can have it stand still at one of them: before
 * Redis gets it, or before the process hears what came of it. So a death can be put exactly between two commands.
 */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface TappedRedis {
  url: string;
  /** With each command, as its words; from the one for which it says so nothing passes any more, in either direction. */
  watch(stopAt: (words: readonly string[]) => "before" | "after" | null): void;
  close(): Promise<void>;
}

export async function startTappedRedis(toPort: number): Promise<TappedRedis> {
  const sockets = new Set<Socket>();
  let isStill = false;
  let stopAt: Parameters<TappedRedis["watch"]>[0] = () => null;
  const keep = (socket: Socket, other: Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      sockets.delete(socket);
      // Not cut off: what was passed on before is to arrive.
      other.end();
    });
  };
  const server = createServer((near) => {
    const far = connect(toPort, "127.0.0.1");
    keep(near, far);
    keep(far, near);
    const commands = commandsOf((bytes, words) => {
      if (isStill) return;
      const where = stopAt(words);
      isStill = where !== null;
      if (where !== "before") far.write(bytes);
    });
    near.on("data", commands);
    far.on("data", (bytes) => {
      if (!isStill) near.write(bytes);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    watch(given) {
      stopAt = given;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Takes bytes as they come, and hands on each whole command: https://redis.io/docs/latest/develop/reference/protocol-spec/ */
function commandsOf(take: (bytes: Buffer, words: readonly string[]) => void): (bytes: Buffer) => void {
  let waiting: Buffer = Buffer.alloc(0);
  return (bytes) => {
    waiting = waiting.length === 0 ? bytes : Buffer.concat([waiting, bytes]);
    for (let command = firstOf(waiting); command !== null; command = firstOf(waiting)) {
      take(waiting.subarray(0, command.length), command.words);
      waiting = waiting.subarray(command.length);
    }
  };
}

/** `*2\r\n$3\r\nGET\r\n$1\r\na\r\n` is `GET a`; null where the last of it has not come yet. */
function firstOf(bytes: Buffer): { words: string[]; length: number } | null {
  let place = 0;
  const numberBehind = (mark: string): number | null => {
    const end = bytes.indexOf("\r\n", place);
    if (end < 0) return null;
    const line = bytes.toString("latin1", place, end);
    if (!line.startsWith(mark)) throw new Error(`This is no command as a client writes it: ${line}`);
    place = end + 2;
    return Number(line.slice(1));
  };
  const words: string[] = [];
  const many = numberBehind("*");
  if (many === null) return null;
  for (let index = 0; index < many; index += 1) {
    const length = numberBehind("$");
    if (length === null || bytes.length < place + length + 2) return null;
    words.push(bytes.toString("utf8", place, place + length));
    place += length + 2;
  }
  return { words, length: place };
}
