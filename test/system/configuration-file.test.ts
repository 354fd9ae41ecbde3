/** A configuration file is read whole or not at all, and every mistake is told with its line. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { readConfigurationFile, readConfigurationText } from "../../src/system/configuration-file.ts";

const environment = { TOKEN: "xoxb-1", EMPTY: "" };
const readExactly = (text: string) => readConfigurationText(text, { path: "rollcall.yaml", environment });
const read = (text: string) => readExactly(`${text}\n`);
const placed = (text: string, field: string) => read(text).located([{ field, message: "wrong" }])[0];

describe("references to the environment", () => {
  const withSetting = (value: string): string =>
    `monitors: {}\nchannels:\n  ops:\n    kind: slack\n    settings:\n      bot_token: ${value}\n`;
  const setting = (value: string): unknown =>
    (read(withSetting(value)).document as { channels: { ops: { settings: unknown } } }).channels.ops.settings;

  test("are filled in within a contract's secrets, and nowhere else in it", () => {
    const text =
      'monitors: {}\ncontracts:\n  one:\n    secret: ${TOKEN}\n    user: ${TOKEN}\n  two:\n    secrets: ["${TOKEN}"]';
    expect(read(text).document).toMatchObject({
      contracts: { one: { secret: "xoxb-1", user: "${TOKEN}" }, two: { secrets: ["xoxb-1"] } },
    });
  });

  test("are filled in within a channel's settings, whole or in part, in lists too", () => {
    expect(setting("${TOKEN}")).toEqual({ bot_token: "xoxb-1" });
    expect(setting('"https://x/${TOKEN}?"')).toEqual({ bot_token: "https://x/xoxb-1?" });
    expect(setting('["${TOKEN}"]')).toEqual({ bot_token: ["xoxb-1"] });
    expect(setting('"$${TOKEN}"')).toEqual({ bot_token: "${TOKEN}" });
  });

  test("that lead to nothing are named with their line", () => {
    for (const name of ["NOPE", "EMPTY"]) {
      expect(() => setting(`\${${name}}`)).toThrow(
        `rollcall.yaml:6:7: channels.ops.settings.bot_token: the environment has no ${name}: set that variable`,
      );
    }
    expect(() => setting("${TOKEN:-x}")).toThrow("refers to no variable: write ${NAME}");
  });

  test("are no more than text elsewhere", () => {
    expect(read("name: ${TOKEN}\nmonitors: {}").document).toMatchObject({ name: "${TOKEN}" });
  });
});

describe("a field leads back to its line:", () => {
  const text = [
    "monitors:",
    "  base: &base",
    '    schedule: { cron: ["0 2 * * *", "61 * * * *"] }',
    "    grace: soon",
    "  other:",
    "    <<: *base",
    "    tags:",
    "      - a",
    "      - 7",
  ].join("\n");

  test.each([
    ["monitors.base.grace", "4:5"],
    ["monitors.base.schedule.cron[1]", "3:37"],
    ["monitors.other.tags[1]", "9:9"],
    ["monitors.base.schedul", "2:3"],
    ["monitors.other.grace", "5:3"],
    ["the configuration", "1:1"],
  ])("%s", (field, place) => {
    expect(placed(text, field)).toBe(`rollcall.yaml:${place}: ${field}: wrong`);
  });

  test("they come in the order of the file, and of very many only the first", () => {
    const many = Array.from({ length: 60 }, (_each, index) => ({
      field: `monitors.m${index}`,
      message: "wrong",
    }));
    const file = read(`monitors:\n${many.map((_each, index) => `  m${59 - index}: {}\n`).join("")}`);
    const lines = file.located(many);
    expect(lines).toHaveLength(51);
    expect(lines[0]).toBe("rollcall.yaml:12:3: monitors.m49: wrong");
    expect(lines.at(-1)).toBe("rollcall.yaml: and 10 more");
  });
});

describe("a file that is no good is refused whole:", () => {
  test.each([
    ["empty", "", 'rollcall.yaml is empty: a configuration has at least "monitors: {}"'],
    ["only comments", "# later\n", "is empty"],
    ["cut off", 'monitors:\n  a:\n    schedule: {cron: "0 2', "Missing closing"],
    ["indented by tabs", "monitors:\n\ta: {}\n", "rollcall.yaml:2:1: Tabs are not allowed as indentation"],
    ["one name twice", "monitors:\n  a: {}\n  a: {}\n", 'rollcall.yaml:3:3: "a" is there twice'],
    ["an unquoted asterisk", "monitors:\n  a: {cron: */5 * * * *}", 'must be in quotes, like "*/5 * * * *"'],
    [
      "two documents",
      "monitors: {}\n---\nmonitors: {}\n",
      "rollcall.yaml:2:1: a second document begins here",
    ],
    ["a type of its own", "monitors: !!js/function x", "Unresolved tag"],
    ["an alias of nothing", "monitors: *nothing", "an alias in it names nothing"],
    ["an alias of itself", "monitors: &a {b: *a}", "is larger than"],
    ["brackets without end", "[".repeat(100_000), "nested too deeply to be read"],
  ])("%s", (_what, text, sentence) => {
    expect(() => read(text)).toThrow(sentence);
  });

  test("one whose last line has no end: what was cut off there would be read as something else", () => {
    const whole = 'monitors:\n  a:\n    schedule: { cron: "0 2 * * *" }\n    grace: 10m\n';
    for (let length = 0; length < whole.length; length += 1) {
      const start = whole.slice(0, length);
      if (!start.endsWith("\n")) expect(() => readExactly(start), start).toThrow("rollcall.yaml");
    }
    expect(() => readExactly("monitors:\n  a:\n    grace: 1")).toThrow(
      "rollcall.yaml:3:13: the last line has no end, so the file may be cut off: add a line break",
    );
  });

  test("one that multiplies itself, in time and in space", () => {
    const levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 9; level += 1) {
      levels.push(
        `a${level}: &a${level} [${Array(9)
          .fill(`*a${level - 1}`)
          .join(", ")}]`,
      );
    }
    expect(() => read(levels.join("\n"))).toThrow("its aliases multiply without bound");
    const wide = `a: &a ${"x".repeat(100_000)}\nb: [${"*a, ".repeat(3_000)}]`;
    expect(() => read(wide)).toThrow("is larger than");
  });

  test("one that is not there, is a folder, is too large or is no text", () => {
    const folder = mkdtempSync(join(tmpdir(), "rollcall-file-"));
    const file = join(folder, "rollcall.yaml");
    try {
      expect(() => readConfigurationFile(file, {})).toThrow(
        `The configuration ${file} cannot be read: it is not there.`,
      );
      expect(() => readConfigurationFile(folder, {})).toThrow("it is a folder");
      writeFileSync(file, `monitors: {}\n${"#".repeat(LIMITS.configurationBytes)}\n`);
      expect(() => readConfigurationFile(file, {})).toThrow("split it into several files");
      writeFileSync(file, Buffer.from([0x6d, 0xff, 0xfe]));
      expect(() => readConfigurationFile(file, {})).toThrow("is not UTF-8 text");
      writeFileSync(file, "\uFEFFmonitors: {}\r\n");
      expect(readConfigurationFile(file, {})).toMatchObject({
        name: "rollcall.yaml",
        document: { monitors: {} },
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
