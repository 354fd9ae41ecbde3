/** Vercel and Cloudflare: what their files say, and where their cron differs from cron. */
import { describe, expect, test } from "vitest";
import { source as vercel } from "../../../src/cli/import/vercel.ts";
import { source as wrangler, withOurWeekdays } from "../../../src/cli/import/wrangler.ts";
import { fileOf, leftOut, read } from "./reading.ts";

describe("vercel.json", () => {
  const TEXT = `{
  "$schema": "https://openapi.vercel.sh/vercel.json",
  "crons": [
    { "path": "/api/cron/daily-digest", "schedule": "0 8 * * *" },
    { "path": "/api/sync", "schedule": "*/10 * * * *" },
    { "path": "/api/sync", "schedule": "5 0 * * *" },
    { "path": "/api/bad", "schedule": "0 8 * * MON" },
    { "path": "/api/worse", "schedule": "0 8 1 * 1" },
    { "schedule": "0 8 1 * *" }
  ]
}`;

  test("gives one monitor a path, in UTC, and lists what Vercel does not run", async () => {
    const found = await read(vercel, fileOf("vercel.json", TEXT));
    expect(found.proposals.map(({ names, monitor, place }) => [names[0], monitor, place.line])).toEqual([
      [
        "daily-digest",
        {
          name: "/api/cron/daily-digest",
          schedule: { cron: "0 8 * * *", scheduler: "utc-platform" },
          grace: "1h10m",
        },
        4,
      ],
      [
        "sync",
        { name: "/api/sync", schedule: { cron: ["*/10 * * * *", "5 0 * * *"], scheduler: "utc-platform" } },
        5,
      ],
    ]);
    expect(leftOut(found)).toEqual([
      expect.stringMatching(/^7: Vercel takes numbers only/),
      expect.stringMatching(/^8: Vercel does not take a day of the month beside/),
      "9: it has no path",
    ]);
  });

  test("gives the function the lines that tell its start and its end", async () => {
    const { proposals } = await read(vercel, fileOf("vercel.json", TEXT));
    const text = proposals[0]?.linesFor("daily-digest").join("\n") ?? "";
    expect(text).toContain("process.env.ROLLCALL_URL}/checkin/default/daily-digest/${kind}");
    expect(text).toMatch(/tell\("start"\)[\s\S]*tell\("success"\)[\s\S]*tell\("fail"\)/);
  });

  test("that cannot be read is told with its line", async () => {
    const found = await read(vercel, fileOf("vercel.json", '{\n  "crons": [\n'));
    expect(leftOut(found)).toEqual([expect.stringMatching(/^\d: it cannot be read/)]);
  });
});

describe("wrangler", () => {
  const TOML = `name = "mailer"
main = "src/index.ts"

[triggers]
crons = ["0 17 * * sun", "10 7 * * 2-6"]

[env.staging.triggers]
crons = ["0 0 L * *"]

[env.idle]
`;

  test("a TOML file gives a monitor for the worker and for each environment with triggers of its own", async () => {
    const { proposals, leftOut: left } = await read(wrangler, fileOf("wrangler.toml", TOML));
    expect(left).toEqual([]);
    expect(proposals.map(({ names, monitor }) => [names, monitor.schedule])).toEqual([
      [["mailer"], { cron: ["0 17 * * SUN", "10 7 * * 1-5"], scheduler: "utc-platform" }],
      [["mailer-staging"], { cron: "0 0 L * *", scheduler: "utc-platform" }],
    ]);
    expect(proposals[0]?.place.line).toBe(5);
    expect(proposals[0]?.notes.join()).toMatch(/weekdays count from 1[\s\S]*controller\.cron/);
    expect(proposals[0]?.linesFor("mailer").join("\n")).toContain(
      "${env.ROLLCALL_URL}/checkin/default/mailer/",
    );
  });

  test("JSON with comments, tabs and trailing commas is read, strings that look like comments included", async () => {
    const text = `{\n\t// the worker\n\t"name": "http://x/*y*/",\n\t"triggers": {\n\t\t"crons": [\n\t\t\t"*/5 * * * *", // often\n\t\t],\n\t},\n}\n`;
    const { proposals, leftOut: left } = await read(wrangler, fileOf("wrangler.jsonc", text));
    expect(left).toEqual([]);
    expect(proposals[0]).toMatchObject({
      names: ["http://x/*y*/"],
      place: { line: 5 },
      monitor: { schedule: { cron: "*/5 * * * *" } },
    });
  });

  test("what cannot be read is listed, and the rest is imported", async () => {
    const broken = await read(wrangler, fileOf("wrangler.toml", 'name = "a"\n[triggers\n'));
    expect(leftOut(broken)).toEqual([expect.stringMatching(/^2: it cannot be read/)]);
    const text = 'name = "a"\n[triggers]\ncrons = ["0 1 * * 0", "0 1 * * 1", 5]\n';
    const found = await read(wrangler, fileOf("wrangler.toml", text));
    expect(found.proposals[0]?.monitor.schedule.cron).toBe("0 1 * * 0");
    expect(found.leftOut.map(({ what }) => what)).toEqual(["0 1 * * 0", "5"]);
  });

  test.each([
    ["0 17 * * 1", "0 17 * * 0"],
    ["10 7 * * 2-6", "10 7 * * 1-5"],
    ["10 7 * * mon-fri", "10 7 * * MON-FRI"],
    ["0 18 * * 6L", "0 18 * * 5L"],
    ["0 18 * * friL", "0 18 * * FRIL"],
    ["0 18 * * 2#1", "0 18 * * 1#1"],
    ["0 0 * * */2", "0 0 * * 0-6/2"],
    ["0 0 * * 2/2", "0 0 * * 1-6/2"],
    ["0 0 * * 1,7", "0 0 * * 0,6"],
    ["0 0 * * *", "0 0 * * *"],
    ["0 0 * * L", "0 0 * * 6"],
    ["0 0 * * 0", null],
    ["0 0 * * 8", null],
    ["0 0 * *", null],
  ])("the weekday of %s is that of %s here", (theirs, ours) => {
    expect(withOurWeekdays(theirs)).toBe(ours);
  });
});
