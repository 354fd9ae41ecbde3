/** When Rollcall was there, when it could not hear, and what that left unknown. */
import type { BlindSpot, BlindUnknown } from "../../domain/hearing.ts";
import type { HearingStore } from "../../ports/store.ts";
import type { Connection } from "./connection.ts";
import { fromText, type Statements, toText } from "./statements.ts";

const SIGN_OF_LIFE = "life";
const LAST_SIGN = `SELECT at FROM signs WHERE name = ?`;

export function hearingSection(connection: Connection): HearingStore {
  const lastSign = connection.prepare<{ at: number }>(LAST_SIGN);
  const spots = connection.prepare<{ doc: string }>(`
    SELECT doc FROM blind_spots WHERE to_at >= ? ORDER BY from_at, id`);
  const unknowns = connection.prepare<{ doc: string }>(`
    SELECT doc FROM unknowns WHERE blind_spot = ? AND project = ? AND is_reported <= ?`);

  return {
    lastSignOfLifeAt: () => connection.read(() => lastSign.get(SIGN_OF_LIFE)?.at ?? null),

    signOfLife: (at) => connection.write("signOfLife", [at]),

    addBlindSpot: (spot) => connection.write("addBlindSpot", [spot]),

    listBlindSpots: (sinceAt) =>
      connection.read(() => spots.all(sinceAt).map(({ doc }) => fromText<BlindSpot>(doc))),

    blindUnknowns: ({ blindSpotId, project, onlyUnreported }) =>
      connection.read(() =>
        unknowns
          .all(blindSpotId, project, onlyUnreported ? 0 : 1)
          .map(({ doc }) => fromText<BlindUnknown>(doc))
          .sort((one, other) => {
            const [left, right] =
              one.slug === other.slug ? [one.monitorId, other.monitorId] : [one.slug, other.slug];
            return left < right ? -1 : 1;
          }),
      ),
  };
}

export function hearingWrites(statements: Statements) {
  const lastSign = statements.prepare<{ at: number }>(LAST_SIGN);
  const putSign = statements.prepare(`
    INSERT INTO signs (name, at) VALUES (?, ?) ON CONFLICT DO UPDATE SET at = excluded.at`);
  const addSpot = statements.prepare(`
    INSERT INTO blind_spots (id, from_at, to_at, doc) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`);

  return {
    signOfLife(at: number): void {
      putSign.run(SIGN_OF_LIFE, at);
    },

    addBlindSpot(spot: BlindSpot): void {
      if (addSpot.run(spot.id, spot.fromAt, spot.toAt, toText(spot)) === 0) return;
      putSign.run(SIGN_OF_LIFE, Math.max(spot.toAt, lastSign.get(SIGN_OF_LIFE)?.at ?? spot.toAt));
    },
  };
}
