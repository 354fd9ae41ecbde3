/**
 * How checks speak of numbers. What is shown never says otherwise than what was compared: 94.96 % is not rounded to
 * the 95 % it had to be.
 */
import { durationInWords, durationText } from "../duration.ts";
import { sizeInWords } from "../size.ts";
import type { Check, Comparison, EvidenceRule } from "./check.ts";

/** How a kind of number is compared and shown. */
export interface Scale {
  /** Short, for people. */
  short: (value: number) => string;
  /** In full: used where the short texts of two different numbers are the same. */
  exact: (value: number) => string;
}

export const PLAIN: Scale = { short: plainText, exact: plainText };
export const DURATION: Scale = { short: durationInWords, exact: durationText };
export const SIZE: Scale = { short: sizeInWords, exact: (bytes) => `${bytes} B` };

/** Both as texts that differ where the numbers do. */
export function shownTogether(scale: Scale, one: number, other: number): [string, string] {
  const short: [string, string] = [scale.short(one), scale.short(other)];
  if (one === other || short[0] !== short[1]) return short;
  return [scale.exact(one), scale.exact(other)];
}

export function isMet(actual: number, op: Comparison, needed: number): boolean {
  switch (op) {
    case ">=":
      return actual >= needed;
    case ">":
      return actual > needed;
    case "<=":
      return actual <= needed;
    case "<":
      return actual < needed;
    case "==":
      return actual === needed;
    case "!=":
      return actual !== needed;
  }
}

const BEING = {
  ">=": (text) => `needs at least ${text}`,
  ">": (text) => `needs more than ${text}`,
  "<=": (text) => `may be ${text} at most`,
  "<": (text) => `needs less than ${text}`,
  "==": (text) => `needs to be ${text}`,
  "!=": (text) => `may not be ${text}`,
} satisfies Record<Comparison, (text: string) => string>;

const TAKING = {
  ">=": (text) => `has to take at least ${text}`,
  ">": (text) => `has to take more than ${text}`,
  "<=": (text) => `may take at most ${text}`,
  "<": (text) => `has to take less than ${text}`,
  "==": (text) => `has to take ${text}`,
  "!=": (text) => `may not take ${text}`,
} satisfies Record<Comparison, (text: string) => string>;

/** "needs at least 10" */
export function beingText(op: Comparison, text: string): string {
  return BEING[op](text);
}

/** "may take at most 1m" */
export function takingText(op: Comparison, text: string): string {
  return TAKING[op](text);
}

/** Without the dust of binary fractions: 0.29 * 100 is 29. */
export function settled(value: number): number {
  return Number(value.toPrecision(14));
}

/** In as few decimals as keep it apart from nothing, from all, and from `needed`. Both are percentages. */
export function percentText(percentage: number, needed = percentage): string {
  const landmarks = [0, 100, needed];
  for (let decimals = 1; decimals <= 12; decimals += 1) {
    const shown = Number(percentage.toFixed(decimals));
    const isTrue = landmarks.every((mark) => Math.sign(shown - mark) === Math.sign(percentage - mark));
    if (isTrue) return `${shown} %`;
  }
  return `${percentage} %`;
}

/** A check in short: what it is called where it has no name of its own. */
export function checkText(check: Check): string {
  switch (check.kind) {
    case "metric": {
      const { metric, of, op, value } = check;
      return `${of === null ? metric : `${metric} / ${of}`} ${op} ${plainText(value)}`;
    }
    case "evidence":
      return `${check.evidence} ${evidenceRuleText(check.must)}`;
    case "step":
      return `step "${check.step}" is ${check.status}`;
    case "duration":
      return `duration ${check.op} ${durationText(check.valueMs)}`;
    case "complete":
      return "complete";
    case "cel":
      return check.name ?? check.cel;
  }
}

function evidenceRuleText(must: EvidenceRule): string {
  switch (must.rule) {
    case "exists":
      return "exists";
    case "min_size":
      return `of at least ${sizeInWords(must.bytes)}`;
    case "max_age":
      return `not older than ${durationText(must.ageMs)}`;
    case "changed_since_last":
      return "changed since last";
    case "url_ok":
      return "answers at its URL";
  }
}

function plainText(value: number): string {
  return String(value);
}
