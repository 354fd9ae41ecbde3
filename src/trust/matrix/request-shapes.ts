/** Calls of another shape than the platform's: another method, an address that leads elsewhere, a mere look at headers. */
import type { Method } from "./call.ts";
import { skipped, worstOf } from "./case.ts";
import type { Judged, MatrixCase, Tried } from "./case.ts";
import { inWords, isDecision, isLetIn, isRedirect, judgeRefusal, troubleOf } from "./judge.ts";
import { bodyFor, furtherMethodsOf, otherMethodOf } from "./method.ts";

const REFUSED_BY_SHAPE = [400, 404, 405, 409, 422, 501];

export const wrongMethod: MatrixCase = {
  name: "wrong_method",
  expected: "refused, also with valid proof; where it may come by several methods, by each without proof",
  skippedBecause: () => null,
  async judge(tried) {
    const others = furtherMethodsOf(tried.scheduler.contract).map((method) => unproven(tried, method));
    const judged = [await byOtherMethod(tried), ...(await Promise.all(others))].filter(
      (each) => each !== null,
    );
    const [first, ...rest] = judged;
    return first === undefined ? skipped("only the issuer can make such proof") : worstOf([first, ...rest]);
  },
};

/** By a method that the contract rules out; null: there is none, or nobody here can make the proof. */
async function byOtherMethod(tried: Tried): Promise<Judged | null> {
  const method = otherMethodOf(tried.scheduler.contract);
  const minted = method === null ? null : await tried.mint(tried.scheduler, { method });
  if (method === null || minted === null) return null;
  const answer = await tried.call({ url: tried.url, ...minted });
  const flaw = `lets in by ${method}, by which the platform never calls`;
  return judgeRefusal(answer, { ...tried, method }, { flaw, also: REFUSED_BY_SHAPE });
}

/** A handler for each method is guarded by each, or not there: whatever does not let in will do. */
async function unproven(tried: Tried, method: Method): Promise<Judged> {
  const answer = await tried.call({ method, url: tried.url, headers: {}, body: bodyFor(method) });
  const isOpen = isLetIn(answer);
  return {
    result: isOpen ? "failed" : "passed",
    seen: inWords(answer),
    answer,
    findings: isOpen && !tried.isOpen ? [`${method} is let in without any proof`] : [],
  };
}

/** The address as the scheduler calls it must answer itself; its other spelling may lead here, and is told. */
export const redirect: MatrixCase = {
  name: "redirect",
  expected: "answers at this very address",
  skippedBecause: () => null,
  async judge(tried) {
    const minted = await tried.mint(tried.scheduler);
    const answer = await tried.call({ url: tried.url, ...(minted ?? withoutProof(tried)) });
    const isHere = isDecision(answer);
    return {
      result: isHere ? "passed" : "failed",
      seen: inWords(answer),
      answer,
      findings: isHere ? [] : [troubleOf(answer, tried.method)],
      notes: isHere ? await notesOnSpelling(tried) : [],
    };
  },
};

export const head: MatrixCase = {
  name: "head",
  expected: "refused without proof, as every other call",
  skippedBecause: () => null,
  async judge(tried) {
    const answer = await tried.call({ method: "HEAD", url: tried.url, headers: {}, body: "" });
    const flaw = "HEAD is let in without any proof";
    return judgeRefusal(answer, { ...tried, method: "HEAD" }, { flaw, also: REFUSED_BY_SHAPE });
  },
};

function withoutProof({ method }: Tried) {
  return { method, headers: {}, body: bodyFor(method) };
}

async function notesOnSpelling(tried: Tried): Promise<string[]> {
  const other = otherSpelling(tried.url);
  if (other === null) return [];
  const answer = await tried.call({ url: other, ...withoutProof(tried) });
  const what = new URL(other).pathname.endsWith("/")
    ? "with a slash at its end"
    : "without the slash at its end";
  return isRedirect(answer) ? [`${what}, the address redirects: give the scheduler this spelling`] : [];
}

/** The same path with or without a slash at its end; null: there is none. */
function otherSpelling(url: string): string | null {
  const other = new URL(url);
  if (other.pathname === "/") return null;
  const { pathname } = other;
  other.pathname = pathname.endsWith("/") ? pathname.slice(0, -1) : `${pathname}/`;
  return other.href;
}
