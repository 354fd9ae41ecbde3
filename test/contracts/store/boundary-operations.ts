/** The operations of the trust boundary's part of the port, as random calls. */
import { LIMITS } from "../../../src/domain/limits.ts";
import { REJECTION_REASONS } from "../../../src/domain/trust/reasons.ts";
import type { BoundaryStore, GuardNote } from "../../../src/ports/boundary-store.ts";
import { DAY, guardNote, HOUR, MINUTE, sighting, verification } from "../../makers.ts";
import { always, call, isFilled, isKnownProof, isThere, isTrue, listed, type Operation } from "./calls.ts";
import type { Chance } from "./chance.ts";
import { PROJECTS, ROUTES, SLUGS, someId, URLS } from "./history.ts";

export const BOUNDARY_OPERATIONS: Record<keyof BoundaryStore, Operation> = {
  addRejection(history) {
    const { chance, nowAt } = history;
    const monitorId = chance.percent(30) ? null : someId(history, "monitors");
    const given = sighting({
      project: chance.of(PROJECTS),
      monitorId,
      slug: chance.of([null, ...SLUGS]),
      reason: chance.of([REJECTION_REASONS[0], REJECTION_REASONS[1]]),
      addressPrefix: chance.of(["192.0.2.0/24", "2001:db8::/64"]),
      at: nowAt - chance.below(100),
      ...(chance.percent(30) && { route: chance.of(ROUTES) }),
    });
    return call((store) => store.addRejection(given), always);
  },
  listRejections({ chance }) {
    const name = chance.of(PROJECTS);
    return listed(chance.below(3), (store, page) => store.listRejections(name, page));
  },
  async rejectionsNear(history, memory) {
    const { items } = await memory.listRejections(history.chance.of(PROJECTS), { cursor: null, limit: 20 });
    const id = items[history.chance.below(items.length + 1)]?.monitorId ?? someId(history, "monitors");
    const between = { fromAt: history.nowAt - 90 * DAY, toAt: history.nowAt };
    return call((store) => store.rejectionsNear(id, between), isFilled);
  },
  async claimRejection(history, memory) {
    const { chance } = history;
    const name = chance.of(PROJECTS);
    const { items } = await memory.listRejections(name, { cursor: null, limit: 20 });
    const id = items[chance.below(items.length + 1)]?.id ?? "nothing";
    const claim = { project: name, id, monitorId: someId(history, "monitors"), slug: chance.of(SLUGS) };
    return call((store) => store.claimRejection(claim), isTrue);
  },
  claimProof({ chance, nowAt }) {
    const claim = {
      project: chance.of(PROJECTS),
      id: "github/token",
      use: chance.of(["start", "success"]),
      nowAt,
      // Long enough that some are shown again, whatever time passes.
      untilAt: nowAt + chance.below(LIMITS.historyMs),
    };
    return call((store) => store.claimProof(claim), isKnownProof);
  },
  noteGuards({ chance, nowAt }) {
    const name = chance.of(PROJECTS);
    const noted = chance.some(ROUTES).map((route) => someGuardNote(chance, { route, nowAt }));
    return call((store) => store.noteGuards(name, noted), always);
  },
  listGuardedRoutes({ chance }) {
    const name = chance.of(PROJECTS);
    return call((store) => store.listGuardedRoutes(name), isFilled);
  },
  putVerification({ chance, nowAt }) {
    const given = verification({
      id: `ver_${chance.below(6)}`,
      project: chance.of(PROJECTS),
      url: chance.of(URLS),
      at: nowAt - chance.below(2),
    });
    return call((store) => store.putVerification(given), always);
  },
  getVerification({ chance }) {
    const [name, id] = [chance.of(PROJECTS), `ver_${chance.below(6)}`];
    return call((store) => store.getVerification(name, id), isThere);
  },
  listVerifications({ chance }) {
    const [name, url] = [chance.of(PROJECTS), chance.of([null, ...URLS])];
    return listed(chance.below(3), (store, page) => store.listVerifications(name, { url }, page));
  },
};

function someGuardNote(chance: Chance, { route, nowAt }: { route: string; nowAt: number }): GuardNote {
  const at = nowAt - chance.below(5 * MINUTE);
  return guardNote({
    route,
    at,
    monitor: chance.of([null, ...SLUGS]),
    configHash: `hash-${chance.below(7)}`,
    calls: [MINUTE, 0].map((before) => ({
      at: at - before,
      isOk: true,
      reason: null,
      principal: "scheduler" as const,
    })),
    listening: chance.of([null, { fromAt: at - chance.below(HOUR), toAt: at }]),
  });
}
