/** Guards on the routes of sample jobs: one refuses every call, one listens and is never called. */
import { PING_KEY } from "./fast-edition.ts";
import type { FastClock } from "./fast-clock.ts";
import type { Sample } from "./samples.ts";

const MINUTE = 60_000;

/** Tells every minute that it listens, and what it refused since: what is loaded in its place in a real program. */
export function guardOf(
  samples: readonly Sample[],
  { clock, url }: { clock: FastClock; url: string },
): () => Promise<void> {
  const sinceAt = clock.now();
  let nextAt = sinceAt;
  return async () => {
    const at = clock.now();
    if (at < nextAt) return;
    nextAt = at + MINUTE;
    const routes = samples.flatMap(({ slug, guard }) =>
      guard === undefined ? [] : { route: guard.route, monitor: slug, config_hash: guard.rules },
    );
    const receipts = samples.flatMap(({ slug, guard }) =>
      guard?.refuses !== true
        ? []
        : {
            route: guard.route,
            monitor: slug,
            at: text(at),
            ok: false,
            reason: "wrong_scheme",
            expected: "an HMAC signature in x-signature (contract reports)",
            seen: "a bearer token",
            header_names: ["authorization", "user-agent"],
            address: "203.0.113.9",
            config_hash: guard.rules,
          },
    );
    const sign = { instance: "samples", since: text(sinceAt), at: text(at), routes };
    const answer = await fetch(`${url}/v1/boundary-receipts`, {
      method: "POST",
      headers: { authorization: `Bearer ${PING_KEY}`, "content-type": "application/json" },
      body: JSON.stringify({ sign, receipts }),
    });
    if (!answer.ok) throw new Error(`receipts were answered ${answer.status}: ${await answer.text()}`);
    await answer.text();
  };
}

function text(at: number): string {
  return new Date(at).toISOString();
}
