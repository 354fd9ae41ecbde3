/** What a process of the scaled edition is there for. */
import { RollcallError } from "../domain/errors.ts";

export const ROLES = ["api", "worker", "all"] as const;
export type Role = (typeof ROLES)[number];

/** Takes check-ins, serves the API and the pages, and so gives signs of life. */
export function hears(role: Role): boolean {
  return role !== "worker";
}

/** Ticks and delivers. */
export function works(role: Role): boolean {
  return role !== "api";
}

/** Throws a sentence where there is no such role. */
export function roleNamed(text: string): Role {
  const role = ROLES.find((each) => each === text);
  if (role !== undefined) return role;
  throw new RollcallError(
    "invalid_request",
    `--role is ${JSON.stringify(text)}: set it to one of ${ROLES.join(", ")}.`,
  );
}
