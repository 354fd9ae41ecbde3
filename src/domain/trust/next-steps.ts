/** What to look at after a refusal, by its reason: the first thing a person should do, in a sentence or two. */
import { REJECTION_REASONS, type RejectionReason } from "./reasons.ts";

const STEPS: Readonly<Record<RejectionReason, string>> = {
  not_configured:
    "Set the secret in the route's environment (that of a contract for check-ins with PUT /v1/contracts/<name>): it fails closed until then.",
  no_credentials:
    "Look why the caller sends no proof: whether the scheduler was given the secret, and whether a proxy, a redirect or a deployment on the way drops the header.",
  wrong_scheme:
    "Caller and boundary follow different contracts: let the boundary expect what this scheduler really sends, or change the scheduler.",
  malformed: "Look how the caller writes its proof: it has not the form that the contract names.",
  unknown_key:
    "The proof was made with a key that its issuer does not publish: compare issuer and address of the keys, and look whether the issuer has changed them.",
  bad_signature:
    "Compare the secret on both sides, then look whether anything on the way changes the body that was signed.",
  alg_not_allowed:
    "The proof is made with another algorithm than the contract allows: change one of the two.",
  wrong_issuer:
    "Compare the issuer of the token with the contract's: it comes from another platform or host.",
  wrong_audience:
    "Ask the platform for a token with the audience that the contract names, or name the one that it sends.",
  wrong_subject:
    "Compare the token's subject with the contract. GitHub gives repositories made, renamed or moved since 15 July 2026 an immutable subject (repo:owner@id/name@id:…): pin repository_id, repository_owner_id and workflow_ref instead of it.",
  claim_mismatch:
    "Compare the claims that the contract pins (repository, workflow, event, account) with what runs the job now.",
  expired:
    "Fetch the token right before it is shown, compare the clocks of both machines, and replace a key that was rotated.",
  not_yet_valid: "Compare the clocks of both machines: the proof is dated ahead.",
  too_old: "Compare the clocks of both machines, and look what holds the call up on its way.",
  replayed:
    "Look what sends the same call twice (a retry, a proxy, a second copy of the job): each call needs a proof of its own.",
  body_mismatch: "Look what changes the body on its way: the proof was made over another one.",
  url_mismatch:
    "Look for a proxy, a trailing slash or a changed host: the proof was made for another address than the one called.",
  method_not_allowed:
    "Let the route take the method that the scheduler calls with (many call with GET), or change the scheduler's.",
  jwks_unavailable:
    "Look whether the issuer's keys can be fetched from here; until then nothing can be proven, and callers may come again.",
  clock_skew_suspected: "Set the clocks of both machines: their distance is larger than a call takes.",
  wrong_secret:
    "Compare the secret or key on both sides: one was changed without the other, or an old value is still deployed.",
  revoked: "Give the job a key that stands: the one it uses was revoked.",
  unknown_monitor:
    "Use the monitor's name in the job's address: it names one that does not exist, perhaps from before it was renamed.",
  deleted: "Take the job down or make the monitor anew: it was deleted, and the job still checks in.",
  not_allowed_monitor: "Give the job a key for this monitor: the one it uses is limited to others.",
};

export function nextAfterRefusal(reason: string): string {
  const known = REJECTION_REASONS.find((each) => each === reason);
  return known === undefined
    ? "Look at the rejections: they say what was expected and what came."
    : STEPS[known];
}

/** Anybody may come without showing anything: such a refusal need not be the job's own. */
export function isAnybodys(reason: string): boolean {
  return reason === "no_credentials";
}

/** Both sides hold a secret, and not the same one. */
export function isSecretMismatch(reason: string): boolean {
  return reason === "wrong_secret" || reason === "bad_signature";
}
