/** The plan of a configuration: every pairing of what the file says with what is there, and what always holds. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  planConfiguration,
  type ChannelValue,
  type ConfigurationPlan,
  type ContractValue,
  type Present,
  type PresentThing,
  type Thing,
  type Wanted,
} from "../../src/domain/configuration-plan.ts";
import type { MonitorSettings } from "../../src/domain/monitor.ts";
import type { Managed } from "../../src/domain/managed.ts";
import { settings } from "../makers.ts";

const OURS: Managed = { configuration: "ours", goneAt: null };
const GONE: Managed = { configuration: "ours", goneAt: 1 };
const THEIRS_GONE: Managed = { configuration: "theirs", goneAt: 1 };

const nothing = { project: null, contracts: new Map(), channels: new Map(), monitors: new Map() };
const project = { title: "Default", operatorChannels: [], defaultChannels: [], accepts: null, targets: [] };
const saying = (name: string) => ({ value: settings({ name }), hidden: {} });

function actOn(given: {
  file: string | null;
  there: string | null;
  owner?: Managed | null;
  isPruning?: boolean;
}) {
  const { file, there, owner = null, isPruning = false } = given;
  const wanted: Wanted = { ...nothing, monitors: new Map(file === null ? [] : [["m", saying(file)]]) };
  const present: Present = {
    ...nothing,
    project,
    monitors: new Map(there === null ? [] : [["m", { ...saying(there), managedBy: owner }]]),
  };
  const plan = planConfiguration(wanted, present, { configuration: "ours", isPruning });
  return plan.steps[0]?.act ?? (plan.kept.length > 0 ? "kept" : plan.unchanged > 0 ? "unchanged" : "nothing");
}

describe("one monitor", () => {
  test.each([
    ["only in the file", { file: "a", there: null }, "add"],
    ["as the file says", { file: "a", there: "a", owner: OURS }, "unchanged"],
    ["otherwise", { file: "b", there: "a", owner: OURS }, "change"],
    ["made by hand, alike", { file: "a", there: "a", owner: null }, "adopt"],
    ["made by hand, otherwise", { file: "b", there: "a", owner: null }, "adopt"],
    ["gone before, in the file again", { file: "a", there: "a", owner: GONE }, "return"],
    ["gone from another file", { file: "a", there: "a", owner: THEIRS_GONE }, "adopt"],
    ["no longer in the file", { file: null, there: "a", owner: OURS }, "leave"],
    ["no longer in the file, pruned", { file: null, there: "a", owner: OURS, isPruning: true }, "remove"],
    ["gone before", { file: null, there: "a", owner: GONE }, "kept"],
    ["gone before, pruned", { file: null, there: "a", owner: GONE, isPruning: true }, "remove"],
    ["made by hand, not in the file", { file: null, there: "a", owner: null, isPruning: true }, "nothing"],
    ["another file's", { file: null, there: "a", owner: THEIRS_GONE, isPruning: true }, "nothing"],
  ] as const)("%s", (_what, given, act) => {
    expect(actOn(given)).toBe(act);
  });

  test("whose name every object knows is only a name", () => {
    const wanted = { ...nothing, monitors: new Map([["constructor", saying("a")]]) };
    const plan = planConfiguration(
      wanted,
      { ...nothing, project },
      { configuration: "ours", isPruning: false },
    );
    expect(plan.steps).toMatchObject([{ act: "add", name: "constructor", before: null }]);
  });
});

const owners = fc.constantFrom(null, OURS, GONE, THEIRS_GONE);
const names = fc.constantFrom("a", "b", "c", "d");
const channel: fc.Arbitrary<Thing<ChannelValue>> = fc.record({
  value: fc.record({
    kind: fc.constantFrom("slack", "email"),
    settings: fc.constant({}),
    selfTestEveryMs: fc.constantFrom(null, 86_400_000),
  }),
  hidden: fc.record({ token: fc.constantFrom(null, "one", "two") }),
});
const monitor: fc.Arbitrary<Thing<MonitorSettings>> = fc.record({
  value: fc.record({ name: names, tags: fc.array(names) }).map((more) => settings(more)),
  hidden: fc.constantFrom<Thing<MonitorSettings>["hidden"]>({}, { ping_uuid: "one" }),
});
const contract: fc.Arbitrary<Thing<ContractValue>> = fc.record({
  value: fc.record({ scheme: fc.constantFrom("bearer", "basic") }),
  hidden: fc.record({ secret: fc.constantFrom("one", "two") }),
});
const owned = <Value>(thing: fc.Arbitrary<Thing<Value>>): fc.Arbitrary<PresentThing<Value>> =>
  fc.tuple(thing, owners).map(([each, managedBy]) => ({ ...each, managedBy }));
const named = <Value>(thing: fc.Arbitrary<Value>) =>
  fc.array(fc.tuple(names, thing)).map((entries) => new Map(entries));
const wanted: fc.Arbitrary<Wanted> = fc.record({
  project: fc.constantFrom(null, {}, { title: "Acme" }),
  contracts: named(contract),
  channels: named(channel),
  monitors: named(monitor),
});
const present: fc.Arbitrary<Present> = fc.record({
  project: fc.constant(project),
  contracts: named(contract),
  channels: named(owned(channel)),
  monitors: named(owned(monitor)),
});

/** What is there when every step has been taken. */
function applied(plan: ConfigurationPlan, file: Wanted, before: Present): Present {
  const after = {
    project: { ...before.project, ...file.project },
    contracts: new Map(before.contracts),
    channels: new Map(before.channels),
    monitors: new Map(before.monitors),
  };
  for (const { what, name, act } of plan.steps) {
    if (what === "project") continue;
    const things = after[`${what}s`] as Map<string, PresentThing<unknown>>;
    const old = things.get(name);
    const said = (file[`${what}s`] as Map<string, Thing<unknown>>).get(name);
    if (act === "remove") things.delete(name);
    else if (act === "leave" && old !== undefined) things.set(name, { ...old, managedBy: GONE });
    else if (said !== undefined) {
      things.set(name, { ...said, hidden: { ...old?.hidden, ...said.hidden }, managedBy: OURS });
    }
  }
  return after;
}

describe("of any file and anything there", () => {
  const check = (holds: (file: Wanted, before: Present, isPruning: boolean) => void): void =>
    fc.assert(fc.property(wanted, present, fc.boolean(), holds));
  const plan = (file: Wanted, before: Present, isPruning: boolean) =>
    planConfiguration(file, before, { configuration: "ours", isPruning });

  test("applied once, nothing is left to do, and all that the file says is there", () => {
    check((file, before, isPruning) => {
      const after = applied(plan(file, before, isPruning), file, before);
      const again = plan(file, after, isPruning);
      expect(again.steps).toEqual([]);
      for (const [name, { value }] of file.monitors) expect(after.monitors.get(name)?.value).toEqual(value);
    });
  });

  test("the order of its names does not matter", () => {
    check((file, before, isPruning) => {
      const turned = {
        ...file,
        contracts: new Map([...file.contracts].reverse()),
        channels: new Map([...file.channels].reverse()),
        monitors: new Map([...file.monitors].reverse()),
      };
      expect(plan(turned, before, isPruning)).toEqual(plan(file, before, isPruning));
    });
  });

  test("nothing is removed but by pruning, and then only what was this configuration's", () => {
    check((file, before, isPruning) => {
      for (const { what, name, act } of plan(file, before, isPruning).steps) {
        if (act !== "remove") continue;
        expect(isPruning).toBe(true);
        if (what === "project" || what === "contract") throw new Error(`The ${what} ${name} is removed.`);
        expect(before[`${what}s`].get(name)?.managedBy?.configuration).toBe("ours");
        expect(file[`${what}s`].has(name)).toBe(false);
      }
    });
  });
});
