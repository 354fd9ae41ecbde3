/** Looks at all answers of one verification together: what a refusal tells that it must not, and what a probe says of itself. */
import { oneLine } from "../../domain/clean-text.ts";
import { LIMITS } from "../../domain/limits.ts";
import { CUT, redact } from "../../domain/redact.ts";
import type { MatrixTarget } from "../../ports/verification.ts";
import type { Answer } from "./call.ts";
import { isLetIn } from "./judge.ts";

export interface Watch {
  /** The same answer, looked at: without our secrets in what it says of itself, for that is told and kept. */
  noted(answer: Answer): Answer;
  /** What stands in a right proof that is shown: the target may know it, whoever reads of this may not. */
  shown(proof: Readonly<Record<string, string>>): void;
  /** What stands in the right proof and not in the wrong one that was shown: no refusal may tell it. */
  neverTold(proof: {
    right: Readonly<Record<string, string>>;
    shown: Readonly<Record<string, string>>;
  }): void;
  said(): { findings: readonly string[]; notes: readonly string[]; configHash: string | null };
}

/** Shorter pieces stand in any text by chance. */
const TELLING_CHARACTERS = 16;

export function watchAnswers({ scheduler, manual }: MatrixTarget): Watch {
  const secrets = new Set([...scheduler.secrets, ...(manual?.secrets ?? [])]);
  const proofs = new Set<string>();
  const answers: Answer[] = [];
  return {
    noted(answer) {
      answers.push(answer);
      return cleaned(answer, [...secrets, ...proofs]);
    },
    shown(proof) {
      for (const piece of piecesOf(proof)) if (piece.length >= TELLING_CHARACTERS) proofs.add(piece);
    },
    neverTold({ right, shown }) {
      const known = new Set(piecesOf(shown));
      for (const piece of piecesOf(right)) if (!known.has(piece)) secrets.add(piece);
    },
    said() {
      const letIn = answers.filter(isLetIn);
      const refused = answers.filter((answer) => answer.status !== null && !isLetIn(answer));
      const known = [...secrets, ...proofs];
      const hashes = [...new Set(answers.flatMap((answer) => cleaned(answer, known).configHash ?? []))];
      const isLeaking = refused.some(({ body, headers }) =>
        tells([body, ...Object.values(headers)], secrets),
      );
      return {
        findings: isLeaking ? ["a refusal tells the secret, or what the right proof would have been"] : [],
        notes: [
          ...(answers.some(mayBeKept)
            ? ["answers may be kept on the way: cache-control: no-store is missing"]
            : []),
          ...(letIn.length > 0 && hashes.length === 0
            ? ["the address does not say that it is a probe: calls that were let in may have done its work"]
            : []),
          ...(hashes.length > 1 ? [`different rules answer here (${hashes.join(", ")})`] : []),
        ],
        configHash: hashes[0] ?? null,
      };
    },
  };
}

function cleaned(answer: Answer, secrets: readonly string[]): Answer {
  const words = (text: string | null) => (text === null ? null : wordsWithout(text, secrets));
  const { location } = answer.headers;
  return {
    ...answer,
    headers: { ...answer.headers, ...(location === undefined ? {} : { location: words(location) ?? "" }) },
    expected: words(answer.expected),
    seen: words(answer.seen),
    principal: words(answer.principal),
    configHash: words(answer.configHash),
  };
}

/** Longest first, so that of none a rest is left that stood in a longer one. */
function wordsWithout(text: string, secrets: readonly string[]): string {
  const spellings = secrets.flatMap((secret) => [secret, encodeURIComponent(secret.toWellFormed())]);
  const cut = spellings
    .filter((each) => each.trim() !== "")
    .toSorted((one, other) => other.length - one.length)
    .reduce((left, secret) => left.replaceAll(secret, CUT), text);
  return oneLine(redact(cut), LIMITS.boundaryWordsCharacters);
}

function piecesOf(headers: Readonly<Record<string, string>>): string[] {
  return Object.values(headers).flatMap((value) => value.split(/[\s,;.=]+/));
}

function tells(texts: readonly string[], secrets: ReadonlySet<string>): boolean {
  const telling = [...secrets].filter(({ length }) => length >= TELLING_CHARACTERS);
  return texts.some((text) => telling.some((secret) => text.includes(secret)));
}

function mayBeKept({ status, headers }: Answer): boolean {
  const isDecision = status !== null && (status < 300 || status === 401 || status === 403);
  return isDecision && !(headers["cache-control"] ?? "").includes("no-store");
}
