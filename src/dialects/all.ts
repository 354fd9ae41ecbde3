/** Every check-in wire format that Rollcall speaks, one line each. */
import type { Dialect } from "../ports/dialect.ts";
import { native } from "./native.ts";
import { pingUrl } from "./ping-url.ts";

export const dialects: readonly Dialect[] = [native, pingUrl];
