/** A mark on what is still being imported, so that nobody takes half of an instance for a whole one. */
import type { Connection } from "../connection.ts";
import { baseOf, INSTANCE } from "../places.ts";

export interface ImportMark {
  set(): Promise<void>;
  clear(): Promise<void>;
  /** An import goes on, or was broken off. */
  isSet(): Promise<boolean>;
}

export function importMarkIn(connection: Connection): ImportMark {
  const key = `${baseOf(connection, INSTANCE)}importing`;
  return {
    async set() {
      await connection.ask((client) => client.set(key, "1"));
    },
    async clear() {
      await connection.ask((client) => client.del(key));
    },
    isSet: async () => (await connection.ask((client) => client.exists(key))) === 1,
  };
}
