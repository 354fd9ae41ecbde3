/** Crontabs as they are found on machines: both forms, variables, nicknames, and lines that are none. */
import { describe, expect, test } from "vitest";
import { source } from "../../../src/cli/import/crontab.ts";
import { fileOf, leftOut, read } from "./reading.ts";

/** As Debian lays it out. */
const SYSTEM = `# system-wide crontab
SHELL=/bin/bash
# m h dom mon dow user\tcommand
17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly
25 6\t* * *\troot\ttest -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }
47 6\t* * 7\troot\ttest -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.weekly; }
`;

const first = async (text: string, name = "-") => {
  const [proposal] = (await read(source, fileOf(name, text))).proposals;
  if (proposal === undefined) throw new Error("Nothing was proposed.");
  return proposal;
};
const schedules = async (text: string, name = "-") =>
  (await read(source, fileOf(name, text))).proposals.map(({ monitor }) => monitor.schedule);

test("a system crontab is read with its column of users, and its lines come back wrapped", async () => {
  const { proposals, leftOut: left } = await read(source, fileOf("/etc/crontab", SYSTEM));
  expect(left).toEqual([]);
  expect(proposals.map(({ names, place }) => [names[0], place.line])).toEqual([
    ["run-parts-cron.hourly", 4],
    ["run-parts-cron.daily", 5],
    ["run-parts-cron.weekly", 6],
  ]);
  expect(proposals[0]?.monitor).toEqual({
    schedule: { cron: "17 * * * *", timezone: "Europe/Berlin", scheduler: "cron" },
  });
  expect(proposals[0]?.linesFor("hourly")).toEqual([
    "17 *\t* * *\troot\trollcall exec hourly -- /bin/bash -c 'cd / && run-parts --report /etc/cron.hourly'",
  ]);
});

describe("the form", () => {
  const cronD = "30 3 * * 0 root test -e /run/systemd/system || SERVICE_MODE=1 /usr/lib/e2scrub_all_cron\n";

  test("is the system's in /etc/cron.d, and where the sixth words are users, one of them known", async () => {
    expect((await first(cronD, "/etc/cron.d/e2scrub_all")).names[0]).toBe("e2scrub_all_cron");
    const guessed = await read(source, fileOf("-", cronD));
    expect(guessed.proposals[0]?.names[0]).toBe("e2scrub_all_cron");
    expect((await first(`${cronD}0 1 * * * backup /srv/run\n`)).names[0]).toBe("e2scrub_all_cron");
    expect(guessed.remarks[0]).toBe("-: read with a column of users; --user says that there is none.");
  });

  test("is the user's otherwise, and what is said wins", async () => {
    expect((await first("0 1 * * * backup-all --root")).names[0]).toBe("backup-all");
    expect((await first("0 1 * * * ls /root\n0 1 * * * /bin/root root\n")).names[0]).toBe("ls");
    const asked = await read(source, fileOf("-", "0 1 * * * deploy /srv/run.sh"), { crontabForm: "system" });
    expect(asked.proposals[0]?.names[0]).toBe("run");
  });
});

describe("the zone", () => {
  test("is CRON_TZ from its line on, --tz for the others, else the machine's own, which is said", async () => {
    const text =
      'a = b\n0 1 * * * one\nCRON_TZ = "America/New_York"\n0 2 * * * two\nCRON_TZ=\n0 3 * * * three\n';
    const named = await read(source, fileOf("-", text), { timezone: "Asia/Tokyo" });
    expect(named.proposals.map(({ monitor }) => monitor.schedule.timezone)).toEqual([
      "Asia/Tokyo",
      "America/New_York",
      "Asia/Tokyo",
    ]);
    const unnamed = await read(source, fileOf("-", text));
    expect(unnamed.proposals[0]?.monitor.schedule.timezone).toBe("Europe/Berlin");
    expect(unnamed.remarks.join("\n")).toMatch(
      /-:3: CRON_TZ[\s\S]*the zone is this machine's, Europe\/Berlin/,
    );
  });

  test("is not TZ, which is that of the commands", async () => {
    const found = await read(source, fileOf("-", "TZ=Asia/Tokyo\n0 1 * * * one\n"));
    expect(found.proposals[0]?.monitor.schedule.timezone).toBe("Europe/Berlin");
    expect(found.remarks[0]).toContain("-:1: TZ is the zone of the commands");
  });
});

test("nicknames are schedules, and @reboot is none", async () => {
  expect(await schedules("@daily /a\n  @hourly   /b --c\n")).toMatchObject([
    { cron: "@daily" },
    { cron: "@hourly" },
  ]);
  const found = await read(source, fileOf("-", "@reboot /a\n@daily /b"));
  expect(found.proposals).toHaveLength(1);
  expect(leftOut(found)).toEqual([expect.stringMatching(/^1: it runs when the machine starts/)]);
});

test("lines that are no job are listed with their numbers, and the others are read", async () => {
  const text =
    "MAILTO=me\r\n\r\n# a\r\n* * * *\r\n0 1 * * *\r\nhello\r\n5 4 * * * /run\r\n0 1 * * * root\r\n";
  const found = await read(source, fileOf("-", text), { crontabForm: "system" });
  expect(found.proposals).toEqual([]);
  expect(found.leftOut.map(({ place }) => place.line)).toEqual([4, 5, 6, 7, 8]);
  const user = await read(source, fileOf("-", text));
  expect(user.proposals.map(({ names }) => names[0])).toEqual(["run", "root"]);
});

test("a job that tells a monitor already keeps it and has nothing to add", async () => {
  const wrapped = await first("0 1 * * * /usr/bin/rollcall exec nightly -- /srv/run.sh");
  expect(wrapped).toMatchObject({ slug: "nightly" });
  expect(wrapped.monitor.signals).toBeUndefined();
  expect(wrapped.linesFor("nightly")).toEqual([]);
  const pinged = await first("0 1 * * * /srv/run.sh && curl -fsS 'http://r/checkin/rck_ping_x/nightly'");
  expect(pinged).toMatchObject({ slug: "nightly", monitor: { signals: "finish" } });
});

test("by curl only the end is told, and the note says what that means for the grace", async () => {
  const { proposals } = await read(source, fileOf("-", "0 1 * * * run"), {
    reportBy: "curl",
    project: "ops",
  });
  expect(proposals[0]?.monitor.signals).toBe("finish");
  expect(proposals[0]?.notes[0]).toContain("grace");
  expect(proposals[0]?.linesFor("run")[0]).toBe(
    '0 1 * * * run && curl -fsS -m 10 --retry 5 -o /dev/null -H "Authorization: Bearer $ROLLCALL_PING_KEY" "$ROLLCALL_URL/checkin/ops/run"',
  );
});
