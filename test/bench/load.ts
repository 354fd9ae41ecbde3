/**
 * Requests over connections that are kept, one under way on each, as bare sockets: a client library on one core
 * would be slower than the server that is measured.
 */
import { connect, type Socket } from "node:net";

export interface Measured {
  answers: number;
  seconds: number;
}

/** As many as the server takes. `request`: the next one's bytes. Throws when an answer is not `200 OK` in one piece. */
export async function loadFor(load: {
  port: number;
  connections: number;
  ms: number;
  request: () => string;
}): Promise<Measured> {
  const startedAt = performance.now();
  const endsAt = startedAt + load.ms;
  let answers = 0;
  const one = async (): Promise<void> => {
    const line = await openLine(load.port);
    while (performance.now() < endsAt) {
      await line.ask(load.request());
      answers += 1;
    }
    line.close();
  };
  await Promise.all(Array.from({ length: load.connections }, one));
  return { answers, seconds: (performance.now() - startedAt) / 1_000 };
}

/**
 * So many a second whatever the answers take, until told to stop: the time of each answer in ms, counted from the
 * instant at which its request was to be sent. So a stall counts for all who would have come meanwhile.
 */
export async function probe(load: {
  port: number;
  perSecond: number;
  request: () => string;
}): Promise<{ stop(): Promise<number[]> }> {
  const gapMs = 1_000 / load.perSecond;
  const idle: Line[] = [];
  const took: number[] = [];
  const underway = new Set<Promise<void>>();
  const startedAt = performance.now();
  let sent = 0;
  const send = async (dueAt: number): Promise<void> => {
    const kept = idle.pop();
    const line = kept?.isOpen() === true ? kept : await openLine(load.port);
    await line.ask(load.request());
    took.push(performance.now() - dueAt);
    idle.push(line);
  };
  const timer = setInterval(() => {
    for (; startedAt + sent * gapMs <= performance.now(); sent += 1) {
      const sending = send(startedAt + sent * gapMs);
      underway.add(sending);
      void sending.finally(() => underway.delete(sending));
    }
  }, 1);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(underway);
      for (const line of idle) line.close();
      return took;
    },
  };
}

interface Line {
  /** Servers close what has been idle for some seconds. */
  isOpen(): boolean;
  ask(request: string): Promise<void>;
  close(): void;
}

async function openLine(port: number): Promise<Line> {
  const socket: Socket = connect({ host: "127.0.0.1", port, noDelay: true });
  let answered: PromiseWithResolvers<void> = Promise.withResolvers();
  socket.once("connect", () => answered.resolve());
  socket.on("error", (error) => answered.reject(error));
  socket.on("close", () => answered.reject(new Error("The server closed the connection.")));
  socket.on("data", (chunk: Buffer) => {
    if (chunk.toString("latin1", 0, 12) === "HTTP/1.1 200") answered.resolve();
    else answered.reject(new Error(chunk.toString("latin1", 0, 400)));
  });
  await answered.promise;
  return {
    isOpen: () => socket.readyState === "open",
    ask(request) {
      answered = Promise.withResolvers();
      socket.write(request, "latin1");
      return answered.promise;
    },
    close: () => void socket.destroy(),
  };
}

/** The value that 99 of 100 do not exceed. */
export function p99(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.ceil(values.length * 0.99) - 1] ?? 0;
}
