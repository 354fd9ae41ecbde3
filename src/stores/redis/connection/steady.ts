/**
 * Whether Redis still is what this process began with. One that came back empty, or another at the same address, would
 * take check-ins as if nothing had been lost, and nobody would miss a job that it has never heard of: so nothing is asked
 * of it until it has again what it had.
 */
import { RollcallError } from "../../../domain/errors.ts";
import type { Connection } from "../connection.ts";
import { baseOf, INSTANCE } from "../places.ts";
import type { Process } from "./process.ts";

export interface SteadyConnection extends Connection {
  /** Throws `unavailable` where Redis is another, as everything asked of it does from then on until this finds it again. */
  assertSame(): Promise<void>;
}

const RETRY_AFTER_SECONDS = 10;

/** The first process to come writes its own name down, which no other process ever has. */
export async function steady(connection: Connection, { name }: Process): Promise<SteadyConnection> {
  const key = `${baseOf(connection, INSTANCE)}instance`;
  const first = await connection.ask((client) => client.set(key, name, "NX").then(() => client.get(key)));
  let isOther = false;
  const held = <Answer>(work: () => Promise<Answer>): Promise<Answer> =>
    isOther ? Promise.reject(another()) : work();
  const assertSame = async (): Promise<void> => {
    isOther = (await connection.ask((client) => client.get(key))) !== first;
    if (isOther) throw another();
  };
  // Whoever lost the connection may find something else at its end. What fails is asked again by every sign of life.
  connection.client.on("ready", () => void assertSame().catch(() => {}));
  return {
    ...connection,
    ask: (command) => held(() => connection.ask(command)),
    run: (...given) => held(() => connection.run(...given)),
    assertSame,
  };
}

function another(): RollcallError {
  return new RollcallError(
    "unavailable",
    "Redis was emptied, or is another one: what this Rollcall watches is not there. Put its data back, or, to begin" +
      " anew with nothing, start all processes again.",
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  );
}
