/** When a guard may say that nobody called, and when it only did not hear of it. */
import { describe, expect, test } from "vitest";
import { dispatchOf } from "../../../src/domain/decide/dispatch.ts";
import { LIMITS } from "../../../src/domain/limits.ts";
import type { GuardSight } from "../../../src/domain/trust/guarded-route.ts";
import { HOUR, MINUTE, START, windowRow } from "../../makers.ts";

const AT = START + 2 * HOUR;
const WINDOW = windowRow({ expectedAt: AT, opensAt: AT - 10 * MINUTE, startBy: AT + 10 * MINUTE });
const THROUGHOUT = { fromAt: WINDOW.opensAt, toAt: WINDOW.startBy };

test("without a guard nothing is said of it", () => {
  expect(dispatchOf(undefined, WINDOW)).toBeNull();
  expect(dispatchOf({ routes: [] }, WINDOW)).toBeNull();
});

describe("nobody called", () => {
  test("where the guard listened from the opening to the deadline", () => {
    expect(said({ listening: THROUGHOUT })).toBe("not_called");
  });

  test("where it listened from a millisecond after the opening, it cannot say", () => {
    expect(said({ listening: { ...THROUGHOUT, fromAt: WINDOW.opensAt + 1 } })).toBe("not_told");
  });

  test("its last sign may be as old as the longest pause between two", () => {
    const toAt = WINDOW.startBy - LIMITS.guardSignGapMs;
    expect(said({ listening: { ...THROUGHOUT, toAt } })).toBe("not_called");
    expect(said({ listening: { ...THROUGHOUT, toAt: toAt - 1 } })).toBe("not_told");
  });

  test("a sign from before the run was expected says nothing, however short the grace", () => {
    const narrow = { ...WINDOW, startBy: AT + MINUTE };
    const sight = (toAt: number) => ({ routes: [route({ listening: { ...THROUGHOUT, toAt } })] });
    expect(dispatchOf(sight(AT), narrow)?.what).toBe("not_called");
    expect(dispatchOf(sight(AT - 1), narrow)?.what).toBe("not_told");
  });

  test("calls before the opening and behind the deadline are no calls for this run", () => {
    const admittedAt = [WINDOW.opensAt - 1, WINDOW.startBy + 1];
    expect(said({ listening: THROUGHOUT, admittedAt, lastCallAt: admittedAt[1] ?? null })).toBe("not_called");
  });

  test("a call that was refused is a call", () => {
    expect(said({ listening: THROUGHOUT, lastCallAt: AT })).toBe("not_told");
  });

  test("where more calls came than are kept, one of them may have been it", () => {
    expect(said({ listening: THROUGHOUT, isCut: true })).toBe("not_told");
  });
});

describe("of two routes of a job one listened and was not called", () => {
  const other = (lastAdmittedAt: number | null, listening: RouteSight["listening"] = null) => {
    const routes = [
      route({ route: "GET /quiet", listening: THROUGHOUT }),
      route({ route: "GET /other", lastAdmittedAt, lastCallAt: lastAdmittedAt, listening }),
    ];
    return dispatchOf({ routes }, WINDOW)?.what;
  };

  test("where the other lets the job in but was not there to say, nobody can say", () => {
    expect(other(WINDOW.opensAt - 24 * HOUR)).toBe("not_told");
  });

  test("where the other listened as well, nobody called", () => {
    expect(other(WINDOW.opensAt - 24 * HOUR, THROUGHOUT)).toBe("not_called");
  });

  test("where the other never let anybody in, or has long been given up, nobody called", () => {
    expect(other(null)).toBe("not_called");
    expect(other(WINDOW.opensAt - LIMITS.guardQuietMs - 1)).toBe("not_called");
  });

  test("what the job has used within its own rhythm is not given up", () => {
    const monthly = { ...WINDOW, gapMs: 30 * 24 * HOUR };
    const routes = [
      route({ listening: THROUGHOUT }),
      route({ route: "GET /b", lastAdmittedAt: AT - monthly.gapMs }),
    ];
    expect(dispatchOf({ routes }, monthly)?.what).toBe("not_told");
  });
});

describe("somebody called", () => {
  test.each([WINDOW.opensAt, AT, WINDOW.startBy])("and was let in", (at) => {
    expect(said({ listening: THROUGHOUT, admittedAt: [at], lastCallAt: at })).toBe("let_in");
  });

  test("on one of several routes: the first call is told, with its route", () => {
    const sight: GuardSight = {
      routes: [
        route({ route: "GET /quiet", listening: THROUGHOUT }),
        route({ route: "GET /later", admittedAt: [AT + 2] }),
        route({ route: "GET /first", admittedAt: [AT + 1, AT + 3] }),
      ],
    };
    expect(dispatchOf(sight, WINDOW)).toMatchObject({ what: "let_in", route: "GET /first", at: AT + 1 });
  });
});

type RouteSight = GuardSight["routes"][number];

function said(given: Partial<RouteSight>): string | undefined {
  return dispatchOf({ routes: [route(given)] }, WINDOW)?.what;
}

function route(given: Partial<RouteSight>): RouteSight {
  return {
    route: "GET /api/cron",
    listening: null,
    admittedAt: [],
    lastAdmittedAt: null,
    isCut: false,
    lastCallAt: null,
    ...given,
  };
}
