/** What an answer means where a call had to be refused, and where it had to be let in: each flaw by its name. */
import type { Answer } from "./call.ts";
import type { Judged, Tried } from "./case.ts";

/** Refusals in the plain sense: whoever calls is told that it is not let in. */
const REFUSED = [401, 403];
/** Of proofs that are spoilt, some boundaries speak as of bad requests. */
const REFUSED_AS_BAD = [...REFUSED, 400, 409, 422];

interface Refusing {
  /** The flaw, where it is let in. */
  flaw: string;
  /** Further statuses that refuse here. */
  also?: readonly number[];
}

export function judgeRefusal(answer: Answer, tried: Tried, { flaw, also = [] }: Refusing): Judged {
  const { status } = answer;
  const judged = (result: Judged["result"], findings: readonly string[]): Judged => ({
    result,
    seen: inWords(answer),
    answer,
    findings,
  });
  if (isLetIn(answer)) return judged("failed", tried.isOpen ? [] : [flaw]);
  if (status !== null && [...REFUSED, ...also].includes(status)) return judged("passed", []);
  return judged("failed", [troubleOf(answer, tried.method)]);
}

export function judgeSpoilt(answer: Answer, tried: Tried, flaw: string): Judged {
  return judgeRefusal(answer, tried, { flaw, also: REFUSED_AS_BAD });
}

export function judgeAdmission(
  answer: Answer,
  { who, method }: { who: "scheduler" | "manual"; method: string },
): Judged {
  const { principal } = answer;
  const judged = (result: Judged["result"], findings: readonly string[]): Judged => ({
    result,
    seen: inWords(answer),
    answer,
    findings,
  });
  if (!isLetIn(answer)) return judged("failed", [refusalOf(answer, { who, method })]);
  if (answer.isDenied) return judged("failed", [denialOf(answer, who)]);
  const isOther = (principal === "scheduler" || principal === "manual") && principal !== who;
  if (!isOther) return judged("passed", []);
  return judged("failed", [`valid proof of ${WHOSE[who]} is taken for one of ${WHOSE[principal]}`]);
}

const WHOSE = { scheduler: "the scheduler", manual: "people" } as const;

export function isLetIn({ status }: Answer): boolean {
  return status !== null && status >= 200 && status < 300;
}

/** Let in or refused, by whoever answers here. */
export function isDecision(answer: Answer): boolean {
  return isLetIn(answer) || (answer.status !== null && [...REFUSED_AS_BAD, 405].includes(answer.status));
}

export function isRedirect({ status }: Answer): boolean {
  return status !== null && status >= 300 && status < 400;
}

/** Why valid proof was refused, as far as the answer tells. */
function refusalOf(answer: Answer, { who, method }: { who: keyof typeof WHOSE; method: string }): string {
  const { status, reason, expected } = answer;
  if (status === null || ![...REFUSED_AS_BAD].includes(status)) return troubleOf(answer, method);
  const refused = `valid proof of ${WHOSE[who]} is refused (${reason ?? status})`;
  if (reason === null) {
    return `${refused} and nothing says why: something in front of the route may refuse every call`;
  }
  const wants = expected === null ? "" : `; it expects ${expected}`;
  return `${refused}: ${CAUSES[reason] ?? "see the reason"}${wants}`;
}

function denialOf({ status, reason }: Answer, who: keyof typeof WHOSE): string {
  const why = reason === null ? "" : ` (${reason})`;
  return `valid proof of ${WHOSE[who]} is answered with ${status}, and yet the answer says that it is refused${why}`;
}

const CAUSES: Partial<Record<NonNullable<Answer["reason"]>, string>> = {
  no_credentials: "the route looks for the proof elsewhere, or something on the way takes it off",
  wrong_scheme: "the route expects another contract",
  malformed: "the route reads the proof otherwise than it is written",
  wrong_secret: "the route has another secret",
  bad_signature: "the route has another secret, or something on the way changes the request",
  unknown_key: "the route knows other keys",
  wrong_issuer: "the route expects another issuer",
  wrong_audience: "the route expects another audience",
  wrong_subject: "the route expects another subject",
  url_mismatch: "the route believes that it stands at another address: a proxy before it may change it",
  body_mismatch: "something on the way changes the body",
  expired: "the clocks are apart",
  too_old: "the clocks are apart",
  not_yet_valid: "the clocks are apart",
  clock_skew_suspected: "the clocks are apart",
  replayed: "the route takes a new proof for one that it has seen",
};

/** What stands between a call and the boundary: neither let in nor refused. */
export function troubleOf(answer: Answer, method: string): string {
  const { status, reason, trouble } = answer;
  if (status === null) return `no answer: ${trouble ?? "the connection was lost"}`;
  if (isRedirect(answer)) return redirectOf(answer);
  if (status === 405 || reason === "method_not_allowed") {
    return `${method} is refused with ${status} while the platform calls by ${method}`;
  }
  if (reason === "not_configured") {
    return `not configured: the secret is unset in the route's environment (${status})`;
  }
  if (reason === "jwks_unavailable") return `the route cannot get the keys of the issuer (${status})`;
  if (status === 404) return "there is nothing at this address (404)";
  if (status === 429) return "too many requests (429): it could not be tried; verify again in some minutes";
  return `answers ${status} where it should let in or refuse`;
}

/** Where it leads, without what may be a secret there. */
function redirectOf({ status, headers }: Answer): string {
  const location = (headers["location"] ?? "").split(/[?#]/, 1)[0]?.slice(0, 200) ?? "";
  const where = location === "" ? `${status}` : `${status} to ${location}`;
  return `redirects (${where}): schedulers do not follow redirects`;
}

/** `200: let in as scheduler`, `401: no_credentials`. */
export function inWords(answer: Answer): string {
  const { status, reason, principal } = answer;
  if (status === null) return troubleOf(answer, "");
  if (isRedirect(answer)) return redirectOf(answer);
  if (isLetIn(answer)) return `${status}: let in${principal === null ? "" : ` as ${principal.slice(0, 40)}`}`;
  return reason === null ? `${status}` : `${status}: ${reason}`;
}
