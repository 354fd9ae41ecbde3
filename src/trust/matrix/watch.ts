/** Looks at all answers of one verification together: what a refusal tells that it must not, and what a probe says of itself. */
import type { MatrixTarget } from "../../ports/verification.ts";
import type { Answer } from "./call.ts";
import { isLetIn } from "./judge.ts";

export interface Watch {
  /** The same answer, looked at. */
  noted(answer: Answer): Answer;
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
  const answers: Answer[] = [];
  return {
    noted(answer) {
      answers.push(answer);
      return answer;
    },
    neverTold({ right, shown }) {
      const known = new Set(piecesOf(shown));
      for (const piece of piecesOf(right)) if (!known.has(piece)) secrets.add(piece);
    },
    said() {
      const letIn = answers.filter(isLetIn);
      const refused = answers.filter((answer) => answer.status !== null && !isLetIn(answer));
      const hashes = [...new Set(answers.flatMap(({ configHash }) => configHash ?? []))];
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
