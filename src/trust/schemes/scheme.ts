/** What one scheme says of a request: the boundary asks each contract's scheme, and tells what came nearest. */
import type { Admitted, BoundaryRequest } from "../../domain/trust/decision.ts";
import type { RejectionReason } from "../../domain/trust/reasons.ts";
import type { IssuerKeys } from "../issuer-keys.ts";

/** What a scheme looks at. */
export interface Call {
  request: BoundaryRequest;
  nowAt: number;
  issuerKeys: IssuerKeys;
}

export type Finding =
  /** Nothing of its kind came. */
  | { is: "absent" }
  /** `wanted`: what exactly, where that is more than the scheme's own words. */
  | { is: "refused"; reason: RejectionReason; seen: string; wanted: string | null }
  | ({ is: "met" } & Pick<Admitted, "subject" | "once" | "runId" | "trigger">);

export const ABSENT: Finding = { is: "absent" };

export function refused(reason: RejectionReason, seen: string, wanted: string | null = null): Finding {
  return { is: "refused", reason, seen, wanted };
}

/** Of a proof that names no run. */
export function met(subject: string, once: Admitted["once"]): Finding {
  return { is: "met", subject, once, runId: null, trigger: null };
}

/** Null: it did not come. A name such as `constructor` is no header. */
export function headerOf(request: BoundaryRequest, name: string): string | null {
  const value = Object.hasOwn(request.headers, name) ? request.headers[name] : undefined;
  return value === undefined ? null : value.trim();
}

/** The scheme of `Authorization`, lower case, and what follows it; null: there is no such header. */
export function authorizationOf(request: BoundaryRequest): { scheme: string; rest: string } | null {
  const value = headerOf(request, "authorization");
  if (value === null) return null;
  const [scheme = ""] = value.split(" ", 1);
  return { scheme: scheme.toLowerCase(), rest: value.slice(scheme.length).trim() };
}

/** Three parts, the first of which could be a JSON object. */
export function isTokenLike(text: string): boolean {
  return /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/.test(text);
}
