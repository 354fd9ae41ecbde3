/** A verification told: to people as a table with what is wrong below it, to CI as test cases. */
import type { VerificationAnswer } from "../client/client.ts";
import type { JunitCase, JunitSuite } from "./junit.ts";
import { coloured, plain, table } from "./terminal.ts";
import type { Cell, Colour } from "./terminal.ts";

/** What is told of it, whoever made the calls. */
export type Told = Pick<
  VerificationAnswer,
  | "url"
  | "contract"
  | "manual_contract"
  | "at"
  | "colour"
  | "stale"
  | "stale_because"
  | "cases"
  | "findings"
  | "notes"
  | "config_hash"
  | "awaited_until"
>;
type Case = Told["cases"][number];

const COLOURS: Readonly<Record<Case["result"], Colour>> = {
  passed: "green",
  failed: "red",
  awaited: "yellow",
  skipped: "dim",
};

export function verificationText(told: Told, { isColoured }: { isColoured: boolean }): string {
  const heading: Cell[] = ["CASE", "RESULT", "SEEN"].map((text) => ({ text, colour: "dim" }));
  const rows = told.cases.map(({ case: name, result, seen }): Cell[] => [
    { text: name },
    { text: result, colour: COLOURS[result] },
    { text: seen },
  ]);
  const bad = (text: string): string => coloured(plain(text), { colour: "red", isColoured });
  return [
    table([heading, ...rows], { isColoured }),
    "",
    ...told.findings.map((finding) => bad(`wrong: ${finding}`)),
    ...told.stale_because.map((reason) => bad(`stale: ${reason}`)),
    ...told.notes.map((note) => plain(`note: ${note}`)),
    conclusionOf(told, isColoured),
  ].join("\n");
}

function conclusionOf(told: Told, isColoured: boolean): string {
  const { colour, stale, at, awaited_until: until } = told;
  const said = (text: string, as: Colour): string => coloured(text, { colour: as, isColoured });
  const when = plain(at);
  if (stale)
    return said(`STALE: it was ${colour} at ${when}, and says nothing any more. Verify it again.`, "red");
  if (colour === "green") return said(`GREEN: verified at ${when}.`, "green");
  if (colour === "red") return said(`RED: verified at ${when}, and not to be trusted.`, "red");
  return said(
    `AWAITING the scheduler's own call${until === null ? "" : ` until ${plain(until)}`}.`,
    "yellow",
  );
}

/** Every case, and what was found beside them: CI shows what failed by its name. */
export function verificationJunit(told: Told): JunitSuite {
  const { url, cases, findings, stale, stale_because: reasons } = told;
  return {
    name: `rollcall verify ${url}`,
    cases: [
      ...cases.map(caseOf),
      {
        name: "findings",
        seconds: 0,
        failure: findings.length === 0 ? null : findings.join("\n"),
        skipped: null,
      },
      { name: "still_stands", seconds: 0, failure: stale ? reasons.join("\n") : null, skipped: null },
    ],
  };
}

function caseOf({ case: name, result, expected, seen, duration }: Case): JunitCase {
  return {
    name,
    seconds: duration ?? 0,
    failure: result === "failed" ? `expected: ${expected}\nseen: ${seen}` : null,
    skipped: result === "skipped" || result === "awaited" ? seen : null,
  };
}
