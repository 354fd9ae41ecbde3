/** Test cases as JUnit XML, the form that every CI shows: https://github.com/testmoapp/junitxml. */
import { writeFileSync } from "node:fs";
import { UsageError } from "./command.ts";

export interface JunitSuite {
  name: string;
  cases: readonly JunitCase[];
}

export interface JunitCase {
  name: string;
  seconds: number;
  /** Why it failed; null: it did not. */
  failure: string | null;
  /** Why it was not tried; null: it was. */
  skipped: string | null;
}

export function writeJunit(file: string, suite: JunitSuite): void {
  try {
    writeFileSync(file, junitXml(suite));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`The file ${file} cannot be written (${why}).`);
  }
}

export function junitXml({ name, cases }: JunitSuite): string {
  const count = (isOne: (each: JunitCase) => boolean): number => cases.filter(isOne).length;
  const counts = [
    `tests="${cases.length}"`,
    `failures="${count(({ failure }) => failure !== null)}"`,
    `skipped="${count(({ failure, skipped }) => failure === null && skipped !== null)}"`,
  ].join(" ");
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites ${counts}>`,
    `  <testsuite name="${escaped(name)}" ${counts} errors="0">`,
    ...cases.map((each) => caseXml(each, name)),
    `  </testsuite>`,
    `</testsuites>`,
    "",
  ].join("\n");
}

function caseXml({ name, seconds, failure, skipped }: JunitCase, suite: string): string {
  const opening = `    <testcase name="${escaped(name)}" classname="${escaped(suite)}" time="${seconds.toFixed(3)}"`;
  if (failure !== null) {
    const [first = ""] = failure.split("\n");
    return `${opening}><failure message="${escaped(first)}">${escaped(failure)}</failure></testcase>`;
  }
  return skipped === null ? `${opening}/>` : `${opening}><skipped message="${escaped(skipped)}"/></testcase>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Texts come from the far end; what XML 1.0 knows no way to write at all becomes a question mark. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "?")
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
