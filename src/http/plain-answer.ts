/** The plain answers at check-in addresses: any program reads them, and nothing on the way keeps them. */
import type { Dialect } from "../ports/dialect.ts";

/** A browser asks before it sends more than a plain request. */
export function preflight({ methods }: Dialect): Response {
  const allow = [...methods, "OPTIONS"].join(", ");
  return plain(204, null, {
    allow,
    "access-control-allow-methods": allow,
    "access-control-allow-headers": "Authorization, Content-Type, Idempotency-Key, X-Api-Key",
  });
}

/** Browsers may check in too, and nothing on the way may answer in our place. */
export function plain(
  status: number,
  body: string | null,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const type: Record<string, string> = body === null ? {} : { "content-type": "text/plain; charset=utf-8" };
  return new Response(body, {
    status,
    headers: { ...type, "cache-control": "no-store", "access-control-allow-origin": "*", ...headers },
  });
}
