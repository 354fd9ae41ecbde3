/** Documents of a place, read by the names of their keys within it. */
import type { RedisParts } from "./parts.ts";
import { baseOf, type Place } from "./places.ts";

export interface Reading {
  /** The documents of these fields that are there. */
  documents<Kept>(hash: string, fields: readonly string[]): Promise<Kept[]>;
  /** Members with a score below this, the lowest first. */
  before(order: string, score: number, atMost: number): Promise<string[]>;
  countBefore(order: string, score: number): Promise<number>;
  /** Members by their rank. */
  ranked(order: string, from: number, to: number): Promise<string[]>;
  /** Of those members that are there. */
  scores(order: string, members: readonly string[]): Promise<ReadonlyMap<string, number>>;
  count(order: string): Promise<number>;
}

export function readingIn({ connection }: RedisParts, place: Place): Reading {
  const base = baseOf(connection, place);
  const { ask } = connection;
  return {
    async documents<Kept>(hash: string, fields: readonly string[]) {
      if (fields.length === 0) return [];
      const texts = await ask((client) => client.hmget(base + hash, ...fields));
      return texts.flatMap((text) => (text === null ? [] : [JSON.parse(text) as Kept]));
    },
    before: (order, score, atMost) =>
      ask((client) => client.zrangebyscore(base + order, "-inf", `(${score}`, "LIMIT", 0, atMost)),
    countBefore: (order, score) => ask((client) => client.zcount(base + order, "-inf", `(${score}`)),
    ranked: (order, from, to) => ask((client) => client.zrange(base + order, String(from), String(to))),
    async scores(order, members) {
      if (members.length === 0) return new Map();
      const scores = await ask((client) => client.zmscore(base + order, ...members));
      return new Map(members.map((member, index) => [member, Number(scores[index])]));
    },
    count: (order) => ask((client) => client.zcard(base + order)),
  };
}
