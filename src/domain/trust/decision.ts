/** What a trust boundary looks at, and what it says: never a bare yes or no. */
import type { Trigger } from "../check-in.ts";
import type { Principal } from "./contract.ts";
import type { RejectionReason } from "./reasons.ts";

/** A request as it came, before anything of it was parsed. */
export interface BoundaryRequest {
  method: string;
  /** As the caller addressed it: scheme, host, path and query. */
  url: string;
  /** Lower-case names; a header that came twice has its values joined by `, `. */
  headers: Readonly<Record<string, string>>;
  /** The bytes; null when it was cut or broken off, so that nothing signed over it can be proven. */
  body: Uint8Array | null;
}

export interface Admitted {
  isOk: true;
  /** Name of the contract that was met. */
  contract: string;
  principal: Principal;
  /** Who, in words without a secret: `workflow octo/jobs/.github/workflows/nightly.yml`, `the secret of vercel`. */
  subject: string;
  /** The proof's own id and until when it could be shown again; null: it can be shown as often as one likes. */
  once: { id: string; untilAt: number } | null;
  /** What the proof itself tells of the run; null: nothing. */
  runId: string | null;
  trigger: Trigger | null;
  /** What headers say of the instant it was fired for: a hint, never proof. */
  scheduledForAt: number | null;
}

export interface Refused {
  isOk: false;
  reason: RejectionReason;
  /** The contract that came nearest; null: none did. */
  contract: string | null;
  /** `an HMAC signature in x-signature (contract netrii)`. */
  expected: string;
  /** `a bearer token`, without anything of it. */
  seen: string;
}

export type BoundaryDecision = Admitted | Refused;
