/** What a request shows of its sender, for a person to recognise it by. */
import type { Caller } from "../domain/check-in.ts";
import { redact } from "../domain/redact.ts";
import { boundedCache, cached } from "../domain/schedule/bounded-cache.ts";

const AGENT_CHARACTERS = 200;
/** The agents of a whole fleet are a few dozen, and looking one over for credentials costs as much as a receipt. */
const agents = boundedCache<string>(1_000);

export function callerOf(
  { method, headers }: { method: string; headers: Readonly<Record<string, string>> },
  addressPrefix: string,
): Caller {
  const agent = headers["user-agent"]?.slice(0, AGENT_CHARACTERS) ?? "";
  return { method, userAgent: agent === "" ? "" : cached(agents, agent, redact), addressPrefix };
}
