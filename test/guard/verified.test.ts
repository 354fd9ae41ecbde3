/** The verification matrix on a guarded program: in every style, and for every kind of proof, its probe is green. */
import { afterEach, describe, expect, test } from "vitest";
import type { NamedContract } from "../../src/domain/trust/contract.ts";
import { readContract } from "../../src/domain/trust/read-contract.ts";
import { colourOf } from "../../src/domain/trust/verification.ts";
import type { GuardContract } from "../../src/guard/options.ts";
import { randomIds } from "../../src/system/ids.ts";
import { createOutbound } from "../../src/system/outbound.ts";
import { createMatrix } from "../../src/trust/matrix/matrix.ts";
import { CONTRACTS, MANUAL_SECRET, SECRET, SIGNING_SECRET, startGuarded, type Guarded } from "./guarded.ts";
import { startProgram, STYLE_NAMES, type Program } from "./programs.ts";

let guarded: Guarded;
let program: Program;
afterEach(async () => {
  await program.close();
  await guarded.close();
});

const PEOPLE = { scheme: "bearer", principal: "manual", secret: MANUAL_SECRET } as const;

/** As a project keeps the same contract. */
function named(name: string, { secret, ...fields }: GuardContract): NamedContract {
  const { contract } = readContract(fields);
  if (contract === null) throw new Error(`The contract ${name} cannot be read.`);
  return { name, contract, secrets: [String(secret)] };
}

async function verify(style: string, scheduler: GuardContract) {
  guarded = await startGuarded({ contracts: { scheduler, people: PEOPLE } });
  program = await startProgram(style, guarded.guard);
  const outbound = createOutbound({ allow: ["127.0.0.1"], timeoutMs: 10_000 });
  const matrix = createMatrix({ outbound, ids: randomIds(), clock: { now: Date.now } });
  const url = program.url + guarded.guard.probe.path;
  return matrix.run({ url, scheduler: named("scheduler", scheduler), manual: named("people", PEOPLE) });
}

describe.each(STYLE_NAMES)("%s", (style) => {
  test.each<[string, GuardContract]>([
    ["a shared secret", { ...CONTRACTS["vercel"] }],
    ["a signed message", { preset: "standard_webhooks", secret: SIGNING_SECRET }],
    ["a token over address and body", { preset: "qstash", secret: SECRET }],
  ])("guarded by %s", async (_what, scheduler) => {
    const verified = await verify(style, scheduler);
    expect(verified).toMatchObject({ findings: [], configHash: await guarded.guard.configHash() });
    expect(colourOf(verified)).toBe("green");
    expect(program.runs).toEqual([]);
    await guarded.guard.flush();
    expect(guarded.receipts().every(({ probe }) => probe)).toBe(true);
  });
});
