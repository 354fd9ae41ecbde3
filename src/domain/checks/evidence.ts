/** Rules on what shows a run's work from outside: a file, a page, a record. */
import { CUT } from "../redact.ts";
import { instantText } from "../instant.ts";
import { LIMITS } from "../limits.ts";
import type { EvidenceItem, Outcome } from "../outcome/outcome.ts";
import { sizeInWords } from "../size.ts";
import type { Check, CheckSubject, RuleAnswer } from "./check.ts";
import { beingText, DURATION, shownTogether, SIZE } from "./words.ts";

type EvidenceCheck = Extract<Check, { kind: "evidence" }>;

/** Enough of a hash to tell two files apart. */
const FINGERPRINT_CHARACTERS = 16;

/** Of several items that a name means, each must be as it says; the first that is not is told. */
export function evidenceAnswers(
  { evidence: name, must }: EvidenceCheck,
  subject: CheckSubject,
): RuleAnswer[] {
  const items = itemsNamed(subject.outcome, name);
  const { finishedAt: at } = subject;
  const remembered = rememberedOf(subject, name);
  if (items.length === 0) return [{ status: "failed", sentence: `${name} was not told` }];
  switch (must.rule) {
    case "exists":
      return [{ status: "passed", sentence: `${name} was told` }];
    case "min_size":
      return [worst(items.map((item) => sizeAnswer(shownName(item, name), item, must.bytes)))];
    case "max_age":
      return [worst(items.map((item) => ageAnswer(shownName(item, name), item, { mayMs: must.ageMs, at })))];
    case "changed_since_last":
      return [worst(items.map((item) => changeAnswer(shownName(item, name), item, remembered)))];
    case "url_ok":
      return urlAnswers(name, items);
  }
}

/** What these items are, for comparing at the next run; where nothing was told, what is remembered of them. */
export function printsToRemember(subject: CheckSubject, name: string): string | null {
  const prints = itemsNamed(subject.outcome, name).map(fingerprintOf);
  const told = prints.filter((print) => print !== null);
  return told.length > 0 ? told.join(" ") : rememberedOf(subject, name);
}

function rememberedOf({ lastEvidence }: CheckSubject, name: string): string | null {
  return Object.hasOwn(lastEvidence, name) ? (lastEvidence[name] ?? null) : null;
}

/** An id is more exact than a name, and a name than a kind. */
function itemsNamed({ evidence = [] }: Outcome, name: string): readonly EvidenceItem[] {
  const byId = evidence.filter(({ id }) => id === name);
  if (byId.length > 0) return byId;
  const byName = evidence.filter((item) => item.name === name);
  return byName.length > 0 ? byName : evidence.filter(({ kind }) => kind === name);
}

function shownName(item: EvidenceItem, asked: string): string {
  return item.name ?? item.id ?? asked;
}

function worst(answers: readonly RuleAnswer[]): RuleAnswer {
  const [first] = answers;
  const failed = answers.find(({ status }) => status === "failed");
  return failed ?? first ?? { status: "failed", sentence: "nothing was told" };
}

function sizeAnswer(name: string, { size }: EvidenceItem, bytes: number): RuleAnswer {
  if (size === null) {
    return {
      status: "failed",
      sentence: `the size of ${name} was not told, needs at least ${sizeInWords(bytes)}`,
    };
  }
  const [shown, needed] = shownTogether(SIZE, size, bytes);
  return {
    status: size >= bytes ? "passed" : "failed",
    sentence: `${name} is ${shown}, ${beingText(">=", needed)}`,
  };
}

function ageAnswer(
  name: string,
  { createdAt }: EvidenceItem,
  { mayMs, at }: { mayMs: number; at: number },
): RuleAnswer {
  const may = beingText("<=", DURATION.short(mayMs));
  if (createdAt === null) {
    return { status: "failed", sentence: `when ${name} was made was not told (created_at), ${may}` };
  }
  const ageMs = at - createdAt;
  if (ageMs < -LIMITS.evidenceAheadMs) {
    const ahead = DURATION.short(-ageMs);
    return { status: "failed", sentence: `${name} is dated ${ahead} after the end of the run, ${may}` };
  }
  const [shown, needed] = shownTogether(DURATION, Math.max(0, ageMs), mayMs);
  return {
    status: ageMs <= mayMs ? "passed" : "failed",
    sentence: `${name} is ${shown} old, ${beingText("<=", needed)}`,
  };
}

/** A date alone is no content: a file written anew with the same bytes has another one. It counts without a hash only. */
function changeAnswer(name: string, item: EvidenceItem, remembered: string | null): RuleAnswer {
  const print = fingerprintOf(item);
  if (print === null) {
    const sentence = `neither sha256 nor size nor created_at of ${name} was told, so no change can be seen`;
    return { status: "failed", sentence };
  }
  const shown = shownPrint(item);
  if (remembered === null) {
    return {
      status: "passed",
      sentence: `${name} is the first one, so there is nothing to compare it with (${shown})`,
    };
  }
  const before = remembered.split(" ");
  if (before.includes(print)) {
    return { status: "failed", sentence: `${name} is the same as at the last good run (${shown})` };
  }
  const isComparable = before.some((other) => kindOfPrint(other) === kindOfPrint(print));
  const sentence = isComparable
    ? `${name} has changed since the last good run (${shown})`
    : `${name} cannot be compared with the last good run, which told something else of it (${shown})`;
  return { status: "passed", sentence };
}

/** `sha256:9f86d081884c7d65`, else `size:47000@1773000000000`; null where neither was told. */
function fingerprintOf({ sha256, size, createdAt }: EvidenceItem): string | null {
  if (sha256 !== null) return `sha256:${sha256.toLowerCase().slice(0, FINGERPRINT_CHARACTERS)}`;
  return size === null && createdAt === null ? null : `size:${size ?? ""}@${createdAt ?? ""}`;
}

function kindOfPrint(print: string): string {
  return print.slice(0, print.indexOf(":"));
}

function shownPrint({ sha256, size, createdAt }: EvidenceItem): string {
  if (sha256 !== null) return `sha256 ${sha256.toLowerCase().slice(0, FINGERPRINT_CHARACTERS)}…`;
  const parts = [
    ...(size === null ? [] : [sizeInWords(size)]),
    ...(createdAt === null ? [] : [`made ${instantText(createdAt)}`]),
  ];
  return parts.join(", ");
}

/** One result for each address, so that each is asked. */
function urlAnswers(name: string, items: readonly EvidenceItem[]): RuleAnswer[] {
  if (items.length > LIMITS.urlsPerCheck) {
    const sentence = `${name} stands for ${items.length} addresses; at most ${LIMITS.urlsPerCheck} are asked`;
    return [{ status: "failed", sentence }];
  }
  return items.map((item) => {
    const shown = shownName(item, name);
    if (item.url === null) return { status: "failed", sentence: `${shown} has no URL that could be asked` };
    if (!/^https?:\/\/[^/]/i.test(item.url)) {
      return { status: "failed", sentence: `the URL of ${shown} is neither http nor https` };
    }
    if (item.url.includes(CUT)) {
      const sentence = `the URL of ${shown} holds a credential, which is not kept: tell one that needs none`;
      return { status: "error", sentence };
    }
    return { status: "pending", sentence: `${shown} has yet to answer at its URL`, url: item.url };
  });
}
