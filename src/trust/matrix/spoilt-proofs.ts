/** Proofs that were good once, or for something else: out of date, for another address, shown twice, over another body. */
import type { Contract } from "../../domain/trust/contract.ts";
import type { Judged, MatrixCase, Minted, Tried } from "./case.ts";
import { skipped } from "./case.ts";
import { isLetIn, judgeAdmission, judgeSpoilt } from "./judge.ts";

const REFUSED = "refused";
const HOUR_MS = 3_600_000;

export const expired: MatrixCase = {
  name: "expired",
  expected: REFUSED,
  skippedBecause: (tried) => onlyIssuer(tried) ?? (isTimed(contractOf(tried)) ? null : NO_TIME),
  async judge(tried) {
    const contract = contractOf(tried);
    const toleranceMs = contract.scheme === "hmac" ? (contract.timestamp?.toleranceMs ?? 0) : 0;
    const at = tried.now() - Math.max(HOUR_MS, 2 * toleranceMs);
    return judgeProof(tried, await tried.mint(tried.scheduler, { at }), "lets in proof that is out of date");
  },
};

export const wrongAudience: MatrixCase = {
  name: "wrong_audience",
  expected: REFUSED,
  skippedBecause: (tried) => onlyIssuer(tried) ?? (isAddressed(contractOf(tried)) ? null : NO_AUDIENCE),
  async judge(tried) {
    const { scheduler, url } = tried;
    const { contract } = scheduler;
    const isForAudience = contract.scheme === "jwt_hs256" && contract.audience !== null;
    const minted = isForAudience
      ? await tried.mint({ ...scheduler, contract: { ...contract, audience: "https://elsewhere.example" } })
      : await tried.mint(scheduler, { url: elsewhere(url) });
    return judgeProof(tried, minted, "lets in proof that was made for another address");
  },
};

export const replay: MatrixCase = {
  name: "replay",
  expected: "the same proof is refused when it is shown again",
  skippedBecause: (tried) => onlyIssuer(tried) ?? (isOnce(contractOf(tried)) ? null : NOT_ONCE),
  async judge(tried) {
    const minted = await tried.mint(tried.scheduler);
    if (minted === null) return skipped(ONLY_ISSUER);
    const call = { url: tried.url, ...minted };
    const first = await tried.call(call);
    // What was not let in once cannot be shown again: that shows nothing, and is no refusal.
    if (!isLetIn(first)) return judgeAdmission(first, { who: "scheduler", method: minted.method });
    return judgeSpoilt(await tried.call(call), tried, "a replayed proof is let in");
  },
};

export const alteredBody: MatrixCase = {
  name: "altered_body",
  expected: REFUSED,
  skippedBecause: (tried) => onlyIssuer(tried) ?? (isBodyBound(contractOf(tried)) ? null : NO_BODY),
  async judge(tried) {
    const minted = await tried.mint(tried.scheduler, { body: JSON.stringify({ rollcall: "another body" }) });
    const sent = minted === null ? null : { ...minted, body: tried.method === "GET" ? "" : OTHER_BODY };
    return judgeProof(tried, sent, "lets in a call whose body was altered");
  },
};

const OTHER_BODY = JSON.stringify({ rollcall: "altered on the way" });
const ONLY_ISSUER = "only the issuer can make such proof";
const NO_TIME = "this contract has no time in it";
const NO_AUDIENCE = "this contract names no audience and no address";
const NOT_ONCE = "this contract's proof may be shown as often as one likes";
const NO_BODY = "this contract does not bind the body";

function contractOf({ scheduler }: Tried): Contract {
  return scheduler.contract;
}

function onlyIssuer(tried: Tried): string | null {
  return contractOf(tried).scheme === "oidc" ? ONLY_ISSUER : null;
}

function isTimed(contract: Contract): boolean {
  return contract.scheme === "jwt_hs256" || (contract.scheme === "hmac" && contract.timestamp !== null);
}

function isAddressed(contract: Contract): boolean {
  if (contract.scheme === "jwt_hs256") return contract.audience !== null || contract.isSubjectUrl;
  return contract.scheme === "hmac" && contract.template.includes("{url}");
}

function isOnce(contract: Contract): boolean {
  return contract.scheme === "hmac" || contract.scheme === "jwt_hs256";
}

function isBodyBound(contract: Contract): boolean {
  if (contract.scheme === "jwt_hs256") return contract.bodyHashClaim !== null;
  return contract.scheme === "hmac" && contract.template.includes("{body}");
}

function elsewhere(url: string): string {
  const other = new URL(url);
  other.host = "elsewhere.example";
  return other.href;
}

async function judgeProof(tried: Tried, minted: Minted | null, flaw: string): Promise<Judged> {
  if (minted === null) return skipped(ONLY_ISSUER);
  return judgeSpoilt(await tried.call({ url: tried.url, ...minted }), tried, flaw);
}
