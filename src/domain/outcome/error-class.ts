/** Why a step failed, in one word of a closed list, whatever its source calls it. */

export const ERROR_CLASSES = [
  "timeout",
  "rate_limited",
  "quota_exhausted",
  "auth",
  "upstream_5xx",
  "malformed_response",
  "parse",
  "validation",
  "budget",
  "cancelled",
  "oom",
  "crashed",
  "unknown",
] as const;
export type ErrorClass = (typeof ERROR_CLASSES)[number];

/** From whatever is known: a class that was told, else the type's name, the HTTP status, the message. */
export function errorClassOf(_known: {
  told: string | null;
  type: string | null;
  status: number | null;
  message: string | null;
}): ErrorClass {
  return "unknown";
}
