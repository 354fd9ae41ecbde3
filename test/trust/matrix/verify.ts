/** The matrix as it runs in the server, with a way out that may reach this machine, and its results at hand by name. */
import type { NamedContract } from "../../../src/domain/trust/contract.ts";
import { colourOf, type CaseName } from "../../../src/domain/trust/verification.ts";
import { createOutbound } from "../../../src/system/outbound.ts";
import { randomIds } from "../../../src/system/ids.ts";
import { createMatrix } from "../../../src/trust/matrix/matrix.ts";

export const LOOPBACK = ["127.0.0.1"];

export async function verify(
  probe: string,
  scheduler: NamedContract,
  { manual = null, timeoutMs = 10_000 }: { manual?: NamedContract | null; timeoutMs?: number } = {},
) {
  const outbound = createOutbound({ allow: LOOPBACK, timeoutMs });
  const matrix = createMatrix({ outbound, ids: randomIds(), clock: { now: Date.now } });
  const result = await matrix.run({ url: probe, scheduler, manual });
  const resultOf = (name: CaseName) => result.cases.find((each) => each.case === name)?.result;
  const named = (wanted: string) =>
    result.cases.filter(({ result: is }) => is === wanted).map((each) => each.case);
  return { ...result, colour: colourOf(result), resultOf, named };
}
