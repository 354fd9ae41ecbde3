/** Variables of the environment, read alike wherever settings are made of them. */
import { RollcallError } from "../domain/errors.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** An empty variable is an unset one: that is how compose files and unit files leave things out. */
export function read(environment: Environment, name: string): string | null {
  const text = environment[name]?.trim();
  return text === undefined || text === "" ? null : text;
}

/** Stops the start. */
export function wrong(name: string, sentence: string): RollcallError {
  return new RollcallError("invalid_request", `${name} ${sentence}`);
}
