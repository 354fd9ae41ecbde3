/**
 * The runner of the verification matrix: every case tried on one target, a few calls at once, and what all answers say
 * together. It remembers nothing and decides no colour.
 */
import { LIMITS } from "../../domain/limits.ts";
import type { NamedContract } from "../../domain/trust/contract.ts";
import type { CaseResult } from "../../domain/trust/verification.ts";
import type { Outbound } from "../../ports/outbound.ts";
import type { Clock, Ids } from "../../ports/outside.ts";
import type { Matrix, MatrixResult, MatrixTarget } from "../../ports/verification.ts";
import { mintProof } from "../mint-proof.ts";
import { FIRST_CASE, OTHER_CASES } from "./all.ts";
import { makeCall, notMade, type Call } from "./call.ts";
import type { Judged, MatrixCase, Minted, ProofWishes, Tried } from "./case.ts";
import { skipped } from "./case.ts";
import { isLetIn } from "./judge.ts";
import { bodyFor, methodOf } from "./method.ts";
import { createPlaces } from "./places.ts";
import { watchAnswers, type Watch } from "./watch.ts";

interface MatrixParts {
  outbound: Pick<Outbound, "request">;
  ids: Pick<Ids, "secret">;
  /** The wall's: time stamps in proofs are compared with the target's clock. */
  clock: Clock;
}

export function createMatrix(parts: MatrixParts): Matrix {
  return { originOf, run: (target) => run(target, parts) };
}

function originOf(text: string): { origin: string } | { problem: string } {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    return { problem: "must be an address like https://app.example.org/.well-known/rollcall/probe" };
  }
  if (url.username !== "" || url.password !== "") {
    return { problem: "must hold no user name and no password: addresses are shown" };
  }
  if (url.hash !== "") return { problem: "must hold nothing after #: it is not sent" };
  return { origin: url.origin };
}

async function run(target: MatrixTarget, parts: MatrixParts): Promise<MatrixResult> {
  const watch = watchAnswers(target);
  const tried = triedOn(target, parts, watch);
  const first = await FIRST_CASE.judge(tried);
  const { answer } = first;
  const isAnswering = answer !== null && answer.status !== null;
  const isOpen = answer !== null && isLetIn(answer);
  const others = isAnswering
    ? await Promise.all(OTHER_CASES.map((each) => judgeCase(each, { ...tried, isOpen })))
    : OTHER_CASES.map(() => skipped("not tried: the target does not answer"));
  const judged = [first, ...others];
  const said = watch.said();
  return {
    cases: [FIRST_CASE, ...OTHER_CASES].map((each, at) => toldOf(each, judged[at] ?? skipped("not tried"))),
    findings: distinct([...judged.flatMap(({ findings }) => findings), ...said.findings]),
    notes: distinct([...judged.flatMap(({ notes }) => notes ?? []), ...said.notes]),
    configHash: said.configHash,
  };
}

function triedOn(target: MatrixTarget, { outbound, ids, clock }: MatrixParts, watch: Watch): Tried {
  const now = () => clock.now();
  const places = createPlaces(LIMITS.verificationCallsAtOnce);
  const endsAt = now() + LIMITS.verificationMs;
  return {
    ...target,
    method: methodOf(target.scheduler.contract),
    isOpen: false,
    now,
    random: (length) => ids.secret(length),
    call: (call: Call) =>
      places.take(async () => {
        if (now() > endsAt) return notMade("the time for one verification was over");
        return watch.noted(await makeCall(call, { outbound, now }));
      }),
    mint: (named, about) =>
      mint(named, { target, about: about ?? {}, id: `msg_${ids.secret(24)}`, now, watch }),
  };
}

async function mint(
  named: NamedContract,
  given: { target: MatrixTarget; about: ProofWishes; id: string; now: () => number; watch: Watch },
): Promise<Minted | null> {
  const { target, about, id, now, watch } = given;
  const method = about.method ?? methodOf(named.contract);
  const body = about.body ?? bodyFor(method);
  const call = {
    method,
    url: about.url ?? target.url,
    body: new TextEncoder().encode(body),
    at: about.at ?? now(),
    id,
  };
  const headers = await mintProof(named, call);
  if (headers === null) return null;
  watch.shown(headers);
  if (named.secrets !== target.scheduler.secrets && named.name === target.scheduler.name) {
    // What the right proof would have been is what a refusal must never tell.
    const right = (await mintProof({ ...named, secrets: target.scheduler.secrets }, call)) ?? {};
    watch.neverTold({ right, shown: headers });
  }
  return { method, headers, body };
}

async function judgeCase(each: MatrixCase, tried: Tried): Promise<Judged> {
  const because = each.skippedBecause(tried);
  return because === null ? each.judge(tried) : skipped(because);
}

function toldOf({ name, expected }: MatrixCase, { result, seen, answer }: Judged): CaseResult {
  return {
    case: name,
    result,
    expected,
    seen,
    status: answer?.status ?? null,
    reason: answer?.reason ?? null,
    durationMs: answer?.durationMs ?? null,
  };
}

function distinct(sentences: readonly string[]): string[] {
  return [...new Set(sentences)];
}
