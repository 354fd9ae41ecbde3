/** Every case of the matrix, in its order. */
import { validManual, validScheduler } from "./admissions.ts";
import type { MatrixCase } from "./case.ts";
import { noAuth, otherScheme, spoofedHints, wrongSecret } from "./refusals.ts";
import { head, redirect, wrongMethod } from "./request-shapes.ts";
import { alteredBody, expired, replay, wrongAudience } from "./spoilt-proofs.ts";

export const FIRST_CASE = noAuth;

/** Each says of itself where it does not apply. The first is tried before all others. */
export const OTHER_CASES: readonly MatrixCase[] = [
  spoofedHints,
  wrongSecret,
  validManual,
  validScheduler,
  otherScheme,
  expired,
  wrongAudience,
  replay,
  alteredBody,
  wrongMethod,
  redirect,
  head,
];
