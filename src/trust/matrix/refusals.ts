/** Calls without a proof, with hints, with a wrong secret or of another kind: a boundary that lets one in is open. */
import { PRESETS } from "../../domain/trust/presets.ts";
import type { MatrixCase, Tried } from "./case.ts";
import { worstOf } from "./case.ts";
import { forgeries } from "./forgeries.ts";
import { isLetIn, judgeRefusal, judgeSpoilt } from "./judge.ts";
import { bodyFor } from "./method.ts";

const EXPECTED = "refused with 401 or 403";

export const noAuth: MatrixCase = {
  name: "no_auth",
  expected: EXPECTED,
  skippedBecause: () => null,
  async judge(tried) {
    const answer = await tried.call(bare(tried, {}));
    return judgeRefusal(answer, tried, { flaw: "fails open: let in without any proof" });
  },
};

/** All hints of all platforms at once; who answers to one of them is asked again for each, to name it. */
export const spoofedHints: MatrixCase = {
  name: "spoofed_hints",
  expected: `${EXPECTED}: headers that anybody can send prove nothing`,
  skippedBecause: () => null,
  async judge(tried) {
    const [first = {}, ...others] = hintsTogether(tried.scheduler.contract.preset);
    const judge = async (hints: Hints) => {
      const answer = await tried.call(bare(tried, hints));
      const flaw = isLetIn(answer) && !tried.isOpen ? await openedBy(tried, hints) : "";
      return judgeRefusal(answer, tried, { flaw: `lets in on hints alone (${flaw})` });
    };
    const [judged, ...more] = await Promise.all([judge(first), ...others.map(judge)]);
    return worstOf([judged, ...more]);
  },
};

export const wrongSecret: MatrixCase = {
  name: "wrong_secret",
  expected: EXPECTED,
  skippedBecause: () => null,
  async judge(tried) {
    const made = await forgeries(tried);
    const [first, ...others] = await Promise.all(
      made.map(async ({ flaw, call }) => judgeSpoilt(await tried.call(call), tried, flaw)),
    );
    return first === undefined
      ? { result: "failed", seen: "no wrong proof could be made", answer: null, findings: [] }
      : worstOf([first, ...others]);
  },
};

/** A proof that looks well, of a kind that is not accepted here. */
export const otherScheme: MatrixCase = {
  name: "other_scheme",
  expected: EXPECTED,
  skippedBecause: () => null,
  async judge(tried) {
    const answer = await tried.call(bare(tried, strangeProof(tried)));
    return judgeSpoilt(answer, tried, "lets in on proof of another scheme, which nobody checked");
  },
};

type Hints = Readonly<Record<string, string>>;

function bare({ method, url }: Tried, headers: Hints) {
  return { method, url, headers, body: bodyFor(method) };
}

const LOCAL: Hints = { "x-forwarded-for": "127.0.0.1" };

/** A header has one value a call, and platforms differ in theirs: as many calls as one header has values. */
function hintsTogether(preset: string | null): readonly Hints[] {
  const own = PRESETS.filter(({ name }) => name === preset);
  const values = new Map<string, string[]>();
  for (const hints of [LOCAL, ...[...own, ...PRESETS].map((each) => each.hints)]) {
    for (const [name, value] of Object.entries(hints)) {
      const known = values.get(name) ?? [];
      if (!known.includes(value)) values.set(name, [...known, value]);
    }
  }
  const most = Math.max(...[...values.values()].map(({ length }) => length));
  return Array.from({ length: most }, (_none, at) =>
    Object.fromEntries([...values].map(([name, known]) => [name, known[at] ?? known[0] ?? ""])),
  );
}

/** The headers that open it alone; where none does, all of them together. */
async function openedBy(tried: Tried, hints: Hints): Promise<string> {
  const alone: string[] = [];
  for (const [name, value] of Object.entries(hints)) {
    const answer = await tried.call(bare(tried, { [name]: value }));
    if (isLetIn(answer)) alone.push(name === "user-agent" ? `user-agent: ${value}` : name);
  }
  return alone.length > 0 ? alone.join(", ") : `${Object.keys(hints).join(", ")} together`;
}

/** The first that neither contract of the target looks at. */
function strangeProof({ scheduler, manual, random }: Tried): Hints {
  const looked = [scheduler, manual].flatMap((named) => (named === null ? [] : headerOf(named.contract)));
  const proofs: Hints = {
    "x-hub-signature-256": `sha256=${"0123456789abcdef".repeat(4)}`,
    authorization: `Bearer ${random(40)}`,
    "x-api-key": random(40),
  };
  const [name, value] = Object.entries(proofs).find(([header]) => !looked.includes(header)) ?? [];
  return name === undefined || value === undefined ? {} : { [name]: value };
}

function headerOf(contract: Tried["scheduler"]["contract"]): string {
  switch (contract.scheme) {
    case "header":
    case "jwt_hs256":
      return contract.header;
    case "hmac":
      return contract.signatureHeader;
    default:
      return "authorization";
  }
}
