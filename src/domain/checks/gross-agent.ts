/**
 * Runs of agents that report success and have done nothing: no model was asked, no tool was used, the output is empty,
 * it is an error's text, or the agent says itself that it gave up.
 */
import type { JsonValue, Outcome } from "../outcome/outcome.ts";
import type { GrossFault, GrossView } from "./gross.ts";
import { isAgentRun, tokensOf, toolCallsOf, zeroIs } from "./usual.ts";

export function agentFaults(view: GrossView): GrossFault[] {
  const { outcome } = view;
  if (outcome.counts?.expected === 0) return [];
  const gaveUp = gaveUpFaults(outcome);
  if (!isAgentRun(outcome)) return [...gaveUp, ...emptyOutput(view)];
  return [...gaveUp, ...noTokens(view), ...noTools(view), ...emptyOutput(view), ...errorAsAnswer(view)];
}

function noTokens({ outcome, learned, proof, speaksOf }: GrossView): GrossFault[] {
  const isOwn = speaksOf("tokens") || speaksOf("total_tokens");
  if (tokensOf(outcome) !== 0 || isOwn || zeroIs(proof, learned, "tokens") === "usual") return [];
  const sentence = "used 0 tokens: no model was asked for anything";
  return [{ check: "tokens", status: unlessWorkIsShown(outcome), sentence }];
}

/** An agent may describe its work instead of doing it; one whose work is to write uses no tool on any day. */
function noTools({ outcome, learned, proof, speaksOf }: GrossView): GrossFault[] {
  if (toolCallsOf(outcome) !== 0 || speaksOf("tool_calls")) return [];
  const zero = zeroIs(proof, learned, "tool_calls");
  if (zero === "usual" || zero === "sometimes") return [];
  const isTold = outcome.metrics?.["tool_calls"] !== undefined;
  if (zero === "unknown" && !isTold && hasShownWork(outcome)) return [];
  return [
    {
      check: "tool_calls",
      status: zero === "rare" ? "failed" : "degraded",
      sentence:
        zero === "rare"
          ? `used no tool: nearly all of the last ${learned["tool_calls"]?.length ?? 0} good runs did`
          : "used no tool: an agent without one has only thought",
    },
  ];
}

/** What counts or evidence contradict is to be looked at: a model's tokens may not have been counted. */
function unlessWorkIsShown(outcome: Outcome): "failed" | "degraded" {
  return hasShownWork(outcome) ? "degraded" : "failed";
}

function hasShownWork({ counts = {}, evidence = [] }: Outcome): boolean {
  return (counts.processed ?? counts.succeeded ?? 0) > 0 || evidence.length > 0;
}

function emptyOutput({ outcome, learned, proof, speaksOf }: GrossView): GrossFault[] {
  const name = "output_characters";
  const isEmpty = outcome.metrics?.[name] === 0 || (isAgentRun(outcome) && outputOf(outcome)?.trim() === "");
  if (!isEmpty || speaksOf(name) || zeroIs(proof, learned, name) === "usual") return [];
  return [{ check: name, status: unlessWorkIsShown(outcome), sentence: "the output is empty" }];
}

/** Null: it says nothing of its output. */
function outputOf({ extra = {} }: Outcome): string | null {
  const { output } = extra;
  if (output === null) return "";
  return typeof output === "string" ? output : null;
}

/** What an answer of a model's interface looks like when it is an error, and hardly anything else does. */
const ERRORS_OF_MODELS = [
  /^\W*([\w.]*(error|exception): )?((api|http) )?error code:? ?[45]\d\d\b/i,
  /\bmodel[ _]not[ _]found\b|\bnot_found_error\b/i,
  /\bthe model [`'"].{1,80}[`'"] (does not exist|was not found)/i,
  /\b(insufficient_quota|rate_limit_exceeded|rate_limit_error|invalid_api_key)\b/i,
  /\b(context_length_exceeded|overloaded_error|authentication_error|billing_hard_limit_reached)\b/i,
  /\bexceeded your current quota\b/i,
];
/** A report may speak of errors; an answer that is one says little else, or begins with it. */
const SHORT_ANSWER = 400;
const BEGINNING = 60;

function errorAsAnswer({ outcome }: GrossView): GrossFault[] {
  const answers = [outcome.message, outputOf(outcome) ?? ""].map((text) => text.trim());
  for (const answer of answers) {
    const looked = answer.length <= SHORT_ANSWER ? answer : answer.slice(0, BEGINNING);
    const found = ERRORS_OF_MODELS.map((error) => error.exec(looked)?.[0]).find((text) => text !== undefined);
    if (found === undefined) continue;
    const sentence = `the answer is an error: ${shortened(answer)}`;
    return [{ check: "answer", status: unlessWorkIsShown(outcome), sentence }];
  }
  return [];
}

function shortened(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 119)}…`;
}

/** Where programs say how they ended, as they call it. */
const ENDINGS = [
  "outcome",
  "status",
  "state",
  "result",
  "end_state",
  "finish_reason",
  "finish_reasons",
  "stop_reason",
  "exit_reason",
  "turn_exit_reason",
];
const GAVE_UP =
  /^(error_)?((max_)?retries_exhausted|(max_)?(iterations|turns|steps)(_reached|_exceeded|_exhausted)?|recursion_limit|guardrail(_\w+)?|content_filter|refusal|skipped|skip|failed|failure|fail|error|aborted|cancelled|canceled|timeout|timed_out|indeterminate)$/;
const CUT_OFF = /^(length|max_tokens|incomplete)$/;
/** As switches of their own: `max_retries_exhausted: true`, or how often it was so. */
const SWITCHES = [
  "max_retries_exhausted",
  "retries_exhausted",
  "guardrail_halt",
  "guardrail_triggered",
  "skipped",
];

function gaveUpFaults({ extra = {}, metrics = {} }: Outcome): GrossFault[] {
  const isOn = (name: string): boolean =>
    extra[name] === true || (name !== "skipped" && (metrics[name] ?? 0) > 0);
  const on = SWITCHES.find(isOn);
  if (on !== undefined) return [{ check: on, status: "failed", sentence: `says ${on}: that is not success` }];
  for (const name of ENDINGS) {
    const ending = endingIn(extra[name]);
    const said = `says ${name} "${ending}"`;
    if (GAVE_UP.test(ending))
      return [{ check: name, status: "failed", sentence: `${said}: that is not success` }];
    if (CUT_OFF.test(ending))
      return [{ check: name, status: "degraded", sentence: `${said}: the answer was cut off` }];
  }
  return [];
}

/**
 * Of several the last; `Max retries exhausted` and `max-retries-exhausted` are one word, and how far it came beside it
 * in brackets, `max_iterations_reached(90/90)`, is none of it.
 */
function endingIn(value: JsonValue | undefined): string {
  const last: JsonValue | undefined = Array.isArray(value) ? value.at(-1) : value;
  return typeof last === "string"
    ? last
        .replace(/\(.*$/s, "")
        .trim()
        .toLowerCase()
        .replaceAll(/[\s-]+/g, "_")
    : "";
}
