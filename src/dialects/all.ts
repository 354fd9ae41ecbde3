/** Every check-in wire format that Rollcall speaks, one line each. */
import type { Dialect } from "../ports/dialect.ts";
import { healthchecks } from "./healthchecks.ts";
import { native } from "./native.ts";

export const dialects: readonly Dialect[] = [native, healthchecks];
