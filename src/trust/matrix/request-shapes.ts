/** Calls of another shape than the platform's: another method, an address that leads elsewhere, a mere look at headers. */
import { skipped } from "./case.ts";
import type { MatrixCase, Tried } from "./case.ts";
import { inWords, isRedirect, judgeRefusal, troubleOf } from "./judge.ts";
import { otherMethodOf } from "./method.ts";

const REFUSED_BY_SHAPE = [400, 404, 405, 409, 422, 501];

export const wrongMethod: MatrixCase = {
  name: "wrong_method",
  expected: "refused, also with valid proof",
  skippedBecause: ({ scheduler }) =>
    otherMethodOf(scheduler.contract) === null ? "this contract allows any method" : null,
  async judge(tried) {
    const method = otherMethodOf(tried.scheduler.contract) ?? "GET";
    const minted = await tried.mint(tried.scheduler, { method });
    if (minted === null) return skipped("only the issuer can make such proof");
    const answer = await tried.call({ url: tried.url, ...minted });
    const flaw = `lets in by ${method}, by which the platform never calls`;
    return judgeRefusal(answer, { ...tried, method }, { flaw, also: REFUSED_BY_SHAPE });
  },
};

/** The address as the scheduler calls it must answer itself; its other spelling may lead here, and is told. */
export const redirect: MatrixCase = {
  name: "redirect",
  expected: "answers at this very address",
  skippedBecause: () => null,
  async judge(tried) {
    const minted = await tried.mint(tried.scheduler);
    const answer = await tried.call({ url: tried.url, ...(minted ?? withoutProof(tried)) });
    const isHere = answer.status !== null && !isRedirect(answer);
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
  return { method, headers: {}, body: "" };
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
