/** What a case of the matrix is: a call or two, and what to say of the answer. */
import type { NamedContract } from "../../domain/trust/contract.ts";
import type { CaseName, CaseResult } from "../../domain/trust/verification.ts";
import type { MatrixTarget } from "../../ports/verification.ts";
import type { Answer, Call, Method } from "./call.ts";

export interface MatrixCase {
  name: CaseName;
  /** What has to be, in words. */
  expected: string;
  /** Why it cannot be tried on this target; null: it can. */
  skippedBecause(tried: Tried): string | null;
  judge(tried: Tried): Promise<Judged>;
}

/** The target, and what cases need to try it. */
export interface Tried extends MatrixTarget {
  /** The method by which its platform calls. */
  method: Method;
  /** A call without any proof was let in: then no other refusal says anything, and none is a finding of its own. */
  isOpen: boolean;
  call(call: Call): Promise<Answer>;
  /** Headers that prove a call of this method; null where only the platform can make them. */
  mint(named: NamedContract, about?: ProofWishes): Promise<Minted | null>;
  /** Letters and digits by chance. */
  random(length: number): string;
  now(): number;
}

export interface ProofWishes {
  method?: Method;
  url?: string;
  body?: string;
  at?: number;
}

export interface Minted {
  method: Method;
  headers: Readonly<Record<string, string>>;
  /** What it was made over, and is sent. */
  body: string;
}

export interface Judged {
  result: CaseResult["result"];
  /** What was, in words. */
  seen: string;
  /** The answer that is told; null: no call was made. */
  answer: Answer | null;
  findings: readonly string[];
  /** What is worth knowing and no flaw. */
  notes?: readonly string[];
}

export function skipped(because: string): Judged {
  return { result: "skipped", seen: because, answer: null, findings: [] };
}

/** Of several tries of one case: the first that failed, with all that they found. */
export function worstOf(judged: readonly [Judged, ...Judged[]]): Judged {
  const told = judged.find(({ result }) => result === "failed") ?? judged[0];
  return { ...told, findings: [...new Set(judged.flatMap(({ findings }) => findings))] };
}
