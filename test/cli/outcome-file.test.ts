/** The outcome file of `rollcall exec`: what a job may leave there, and what each of it becomes. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { finishBody } from "../../src/cli/finish-body.ts";
import { openOutcomeFile } from "../../src/cli/outcome-file.ts";
import type { OutcomeFile } from "../../src/cli/outcome-file.ts";
import { LIMITS } from "../../src/domain/limits.ts";

let file: OutcomeFile;
beforeEach(async () => {
  file = await openOutcomeFile();
});

const taken = (content: string | Uint8Array) => {
  writeFileSync(file.path, content);
  return file.take();
};

describe("an outcome file", () => {
  test("lies in a folder that nobody else can enter, and is gone once it is taken", async () => {
    expect(statSync(dirname(file.path)).mode & 0o777).toBe(0o700);
    expect(existsSync(file.path)).toBe(false);
    await taken("{}");
    expect(existsSync(dirname(file.path))).toBe(false);
  });

  test("holds fields as JSON, with or without a byte-order mark", async () => {
    expect(await taken('\ufeff{"counts": {"processed": 3}}\n')).toEqual({
      fields: { counts: { processed: 3 } },
    });
  });

  test("shows nothing of what it holds in its reason, which may be a secret", async () => {
    expect(JSON.stringify(await taken('{"key": sk-live-0123456789}'))).not.toContain("live");
  });

  test("that is missing or empty says nothing", async () => {
    expect(await file.take()).toBeNull();
    file = await openOutcomeFile();
    expect(await taken(" \n")).toBeNull();
    file = await openOutcomeFile();
    rmSync(dirname(file.path), { recursive: true });
    expect(await file.take()).toBeNull();
  });

  test.each([
    ['{"counts": {"proc', "is not JSON: Unterminated string in JSON"],
    ['{"key": sk-live-0123456789}', "is not JSON: Unexpected token 's'"],
    ['{"seconds": NaN}', "is not JSON: Unexpected token 'N'"],
    ["[1, 2]", "is JSON, but not an object"],
    ["null", "is JSON, but not an object"],
    [Uint8Array.of(0xff, 0xfe, 0x7b, 0x00), "is not UTF-8 text"],
    [`{"log": "${"x".repeat(LIMITS.outcomeFileBytes)}"}`, `is larger than ${LIMITS.outcomeFileBytes} bytes`],
    [`{"costs": [${"1e20,".repeat(10_000)} 1]}`, `is larger than ${LIMITS.outcomeFileBytes} bytes`],
  ])("%#: %.20j is unreadable, with its reason", async (content, unreadable) => {
    expect(await taken(content)).toEqual({
      unreadable: expect.stringMatching(new RegExp(`^the outcome file ${unreadable}`)),
    });
    expect(existsSync(dirname(file.path))).toBe(false);
  });

  test("of exactly the size that is allowed is read", async () => {
    const log = "x".repeat(LIMITS.outcomeFileBytes - '{"log":""}'.length);
    expect(await taken(JSON.stringify({ log }))).toEqual({ fields: { log } });
  });

  test.each<[string, (path: string) => void]>([
    ["a folder", (path) => mkdirSync(path)],
    ["a link, even to a good file", (path) => linkTo(path, "good.json", '{"counts": {}}')],
    ["a pipe that nobody writes into", (path) => execFileSync("mkfifo", [path])],
    ["a device without an end", (path) => symlinkSync("/dev/zero", path)],
  ])("that is %s is not read, and its folder goes", async (_what, make) => {
    make(file.path);
    expect(await file.take()).toEqual({ unreadable: "the outcome file is not a regular file" });
    expect(existsSync(dirname(file.path))).toBe(false);
  });
});

describe("what a finish tells", () => {
  test("is the output alone where the job told nothing", () => {
    expect(finishBody("done\n", null)).toBe("done\n");
  });

  test("is the outcome with the output as its message, or as its log where it has a message of its own", () => {
    expect(finishBody("done\n", { fields: { counts: { processed: 3 } } })).toEqual({
      counts: { processed: 3 },
      message: "done\n",
    });
    expect(finishBody("done\n", { fields: { message: "Enriched 3 leads." } })).toEqual({
      message: "Enriched 3 leads.",
      log: "done\n",
    });
    for (const log of ["its\nown", ["its", "own"]]) {
      expect(finishBody("done\n", { fields: { message: "", log } })).toEqual({
        message: "",
        log: "its\nown\ndone\n",
      });
    }
  });

  test("names why an outcome could not be read", () => {
    expect(finishBody("done\n", { unreadable: "the outcome file is not UTF-8 text" })).toEqual({
      unreadable: "the outcome file is not UTF-8 text",
      message: "done\n",
    });
  });

  test("never lets the job say which run it is, when it was or how it ended", () => {
    const fields = {
      run: "other",
      run_id: "other",
      trigger: "manual",
      scheduled_for: "2026-03-08T02:00:00Z",
      occurred_at: 0,
      sent_at: 0,
      duration: 1,
      exit_status: 0,
      exit_code: 0,
      create: 1,
      every: "5m",
      tickets: 7,
    };
    expect(finishBody("", { fields })).toEqual({ tickets: 7, message: "" });
  });

  test.each([
    ["plain text", "line\n".repeat(40_000)],
    ["what takes six bytes a character as JSON", "\u001b".repeat(90_000)],
    ["characters of two units", "\u{1f600}".repeat(40_000)],
  ])("fits what is read of a check-in, with as much of the end as there is room for: %s", (_what, output) => {
    const log = "x".repeat(LIMITS.outcomeFileBytes - 100);
    for (const fields of [{}, { steps: [log] }]) {
      const body = JSON.stringify(finishBody(output, { fields }));
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(LIMITS.bodyKeptBytes);
      expect(Buffer.byteLength(body)).toBeGreaterThan(LIMITS.bodyKeptBytes - 16);
      const { message } = JSON.parse(body) as { message: string };
      const [note, ...lines] = message.split("\n");
      expect(note).toBe("[the beginning of the output is left out]");
      expect(output.endsWith(lines.join("\n"))).toBe(true);
      expect(message.isWellFormed()).toBe(true);
    }
  });
});

function linkTo(path: string, name: string, content: string): void {
  writeFileSync(join(dirname(path), name), content);
  symlinkSync(join(dirname(path), name), path);
}
