/**
 * Whether Redis still is what this process began with. One that came back empty, or another at the same address, would
 * take check-ins as if nothing had been lost, and nobody would miss a job that it has never heard of: so nothing is asked
 * of it until it has again what it had.
 */
import { Cluster } from "ioredis";
import { RollcallError } from "../../../domain/errors.ts";
import type { Connection } from "../connection.ts";
import { baseOf, INSTANCE } from "../places.ts";
import { type Marks, marksIn } from "./marks.ts";
import type { Process } from "./process.ts";
import type { Spread } from "./spread.ts";

export interface SteadyConnection extends Connection {
  /** Throws `unavailable` where Redis is another, as everything asked of it does from then on until this finds it again. */
  assertSame(): Promise<void>;
}

const RETRY_AFTER_SECONDS = 10;

/** The first process to come writes its own name down, which no other process ever has; in a Cluster on every master. */
export async function steady(
  connection: Connection,
  spread: Spread,
  { name }: Process,
): Promise<SteadyConnection> {
  const { client: reached } = connection;
  const key = `${baseOf(connection, INSTANCE)}instance`;
  const first = await connection.ask((client) => client.set(key, name, "NX").then(() => client.get(key)));
  const marks =
    reached instanceof Cluster && first !== null
      ? await marksIn(connection, spread, { instance: first, instanceKey: key })
      : NO_MARKS;
  let isOther = false;
  const held = <Answer>(work: () => Promise<Answer>): Promise<Answer> =>
    isOther ? Promise.reject(another()) : work();
  const assertSame = async (): Promise<void> => {
    const [found, areThere] = await Promise.all([
      connection.ask((client) => client.get(key)),
      marks.areThere(),
    ]);
    isOther = found !== first || !areThere;
    if (isOther) throw another();
  };
  // Whoever lost the connection may find something else at its end. What fails is asked again by every sign of life.
  for (const event of ["ready", "+node"]) reached.on(event, () => void assertSame().catch(() => {}));
  return {
    ...connection,
    ask: (command) => held(() => connection.ask(command)),
    run: (...given) => held(() => connection.run(...given)),
    assertSame,
  };
}

const NO_MARKS: Marks = { areThere: async () => true };

function another(): RollcallError {
  return new RollcallError(
    "unavailable",
    "Redis was emptied, as a whole or a master of its Cluster, or is another one: what this Rollcall watches is not" +
      " there. Put its data back, or start all processes again: they begin anew with nothing, or say what is to be done.",
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  );
}
