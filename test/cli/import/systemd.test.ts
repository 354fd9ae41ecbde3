/** Timers as packages install them, the services beside them, and what a monitor cannot say. */
import { expect, test } from "vitest";
import { source } from "../../../src/cli/import/systemd.ts";
import { parseSpan } from "../../../src/cli/import/unit-file.ts";
import { fileOf, leftOut, read } from "./reading.ts";

const timer = (lines: string): string =>
  `[Unit]\nDescription=A timer\n\n[Timer]\n${lines}\n\n[Install]\nWantedBy=timers.target\n`;
const only = async (
  lines: string,
  name = "/lib/systemd/system/job.timer",
  beside: Record<string, string> = {},
) => {
  const { proposals } = await read(source, fileOf(name, timer(lines), beside));
  return proposals[0];
};

test.each([
  // apt-daily: twice a day, each anywhere in the twelve hours that follow.
  [
    "OnCalendar=*-*-* 6,18:00\nRandomizedDelaySec=12h\nPersistent=true",
    { schedule: { cron: "0 6,18 * * *", timezone: "Europe/Berlin", scheduler: "systemd" }, grace: "12h" },
  ],
  [
    "OnCalendar=*-*-* 6:00\nRandomizedDelaySec=60m\nPersistent=true",
    { schedule: { cron: "0 6 * * *", timezone: "Europe/Berlin", scheduler: "systemd" }, grace: "1h11m" },
  ],
  // logrotate
  [
    "OnCalendar=daily\nAccuracySec=1h\nPersistent=true",
    { schedule: { cron: "0 0 * * *", timezone: "Europe/Berlin", scheduler: "systemd" }, grace: "1h10m" },
  ],
  // fstrim
  [
    "OnCalendar=weekly\nAccuracySec=1h\nPersistent=true\nRandomizedDelaySec=6000",
    { schedule: { cron: "0 0 * * 1", timezone: "Europe/Berlin", scheduler: "systemd" }, grace: "2h50m" },
  ],
  [
    "OnCalendar=Sun *-*-* 03:10:00 UTC",
    { schedule: { cron: "10 3 * * 0", timezone: "UTC", scheduler: "systemd" } },
  ],
  // systemd-tmpfiles-clean
  ["OnBootSec=15min\nOnUnitActiveSec=1d", { schedule: { every: "1d" } }],
  ["OnUnitInactiveSec=1h 30min", { schedule: { every: "1h30m", from: "finish" } }],
  [
    "OnCalendar=09:00\nOnCalendar=*-*-* 17:\\\n30",
    { schedule: { cron: "0 9 * * *", timezone: "Europe/Berlin", scheduler: "systemd" } },
  ],
  [
    "OnCalendar=weekly\nOnCalendar=\nOnCalendar=09:00\nOnCalendar=17:30",
    { schedule: { cron: ["0 9 * * *", "30 17 * * *"], timezone: "Europe/Berlin", scheduler: "systemd" } },
  ],
])("%s", async (lines, monitor) => {
  expect((await only(lines))?.monitor).toEqual(monitor);
});

test("a delay as long as the gap is told, for nobody can tell such runs apart", async () => {
  const proposal = await only("OnCalendar=*-*-* 6,18:00\nRandomizedDelaySec=12h");
  expect(proposal?.notes.join()).toContain("reaches into the next run's time");
});

test.each([
  ["OnBootSec=5min", ["5: it runs once after a start, and nobody can say when that is due"]],
  ["OnCalendar=Mon *-*-13 00:00", [expect.stringMatching(/^5: OnCalendar=Mon .* both match/)]],
  [
    "OnCalendar=daily\nOnUnitActiveSec=1h",
    [expect.stringMatching(/^6: it runs by the calendar and by an interval/)],
  ],
  ["OnUnitActiveSec=often", ['5: "often" is not a time span']],
  ["Persistent=true", [expect.stringMatching(/^null: it has neither/)]],
])("%s is left out with its line", async (lines, why) => {
  const found = await read(source, fileOf("job.timer", timer(lines)));
  expect(found.proposals).toEqual([]);
  expect(leftOut(found)).toEqual(why);
});

test("of several events the one that cron cannot say is left out, and so is another zone", async () => {
  const lines = "OnCalendar=09:00\nOnCalendar=2030-01-01\nOnCalendar=10:00 Asia/Tokyo\nwhat is this";
  const found = await read(source, fileOf("job.timer", timer(lines)));
  expect(found.proposals[0]?.monitor.schedule.cron).toBe("0 9 * * *");
  expect(found.proposals[0]?.notes[0]).toContain("some of its events are left out");
  expect(found.leftOut.map(({ place }) => place.line)).toEqual([8, 6, 7]);
});

test("a template is no timer, and an instance is named by its unit", async () => {
  const found = await read(source, fileOf("/x/pg_dump@.timer", timer("OnCalendar=weekly")));
  expect(leftOut(found)).toEqual([expect.stringMatching(/^null: it is a template/)]);
  expect((await only("OnCalendar=weekly", "/x/pg_dump@16-main.timer"))?.names).toEqual(["pg_dump@16-main"]);
});

test("the one command of the service beside it is wrapped, with what stands in front of it", async () => {
  const service =
    "[Service]\nType=oneshot\nTimeoutStartSec=2h\nExecStart=-/usr/lib/apt/apt.systemd.daily update\n";
  const proposal = await only("OnCalendar=daily", "apt-daily.timer", { "apt-daily.service": service });
  expect(proposal?.monitor.max_runtime).toBe("2h");
  expect(proposal?.linesFor("apt-daily")).toEqual([
    "# apt-daily.service",
    "[Service]",
    "EnvironmentFile=/etc/rollcall.env",
    "ExecStart=",
    "ExecStart=-/usr/local/bin/rollcall exec apt-daily -- /usr/lib/apt/apt.systemd.daily update",
  ]);
});

test.each([
  ["no service", {}],
  ["two commands", { "work.service": "[Service]\nExecStart=/a\nExecStart=/b\n" }],
  ["a program under another name", { "work.service": "[Service]\nExecStart=@/bin/sh -sh\n" }],
])("with %s, start and end are told by curl around it", async (_what, beside) => {
  const proposal = await only("OnCalendar=daily\nUnit=work.service", "job.timer", beside);
  const lines = proposal?.linesFor("job") ?? [];
  expect(lines[0]).toBe("# work.service");
  expect(lines.at(-2)).toMatch(/^ExecStartPre=-.*\/checkin\/default\/job\/start\?run=\$INVOCATION_ID/);
  expect(lines.at(-1)).toMatch(/^ExecStopPost=-.*SERVICE_RESULT.*\/checkin\/default\/job\/\$k\?run=/);
});

test.each([
  ["15min", 900_000],
  ["1h 30min", 5_400_000],
  ["2 days", 172_800_000],
  ["90", 90_000],
  ["1.5h", 5_400_000],
  ["500ms", 500],
  ["1M", 30.44 * 86_400_000],
  ["1m", 60_000],
  ["1week", 604_800_000],
  ["", null],
  ["soon", null],
  ["5 parsecs", null],
])("the span %s is %s ms", (text, spanMs) => {
  expect(parseSpan(text)).toBe(spanMs);
});

test("a unit that cannot run the wrapper, or is kept from the network, is told what it needs besides", async () => {
  const lines = async (service: string): Promise<string> => {
    const beside = { "job.service": `[Service]\nType=oneshot\nExecStart=/sbin/fstrim\n${service}` };
    const proposal = await only("OnCalendar=daily", "/lib/systemd/system/job.timer", beside);
    return proposal?.linesFor("job").join("\n") ?? "";
  };
  expect(await lines("PrivateNetwork=no\nMemoryDenyWriteExecute=no")).not.toContain("missing");
  expect(await lines("MemoryDenyWriteExecute=yes")).toMatch(/ExecStartPre=-.*curl/);
  expect(await lines("MemoryDenyWriteExecute=yes")).not.toContain("rollcall exec");
  expect(await lines("PrivateNetwork=yes")).toContain("missing:\nPrivateNetwork=no\n");
  expect(await lines("IPAddressDeny=any")).toContain("missing:\nIPAddressAllow=<the address");
  expect(await lines("RestrictAddressFamilies=AF_UNIX")).toContain(
    "RestrictAddressFamilies=AF_INET AF_INET6",
  );
  for (const open of ["AF_UNIX AF_INET AF_INET6 AF_NETLINK", "~AF_PACKET"]) {
    expect(await lines(`RestrictAddressFamilies=${open}`)).not.toContain("missing");
  }
});

test("what tells of start and end stays within the 90 s that systemd gives each", async () => {
  const proposal = await only("OnCalendar=daily");
  const lines = proposal?.linesFor("job").filter((line) => line.includes("curl")) ?? [];
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    const [, limit, retries] = /-m (\d+) --retry (\d+) /.exec(line) ?? [];
    // curl waits 1 s, 2 s, 4 s … between its tries.
    expect((Number(retries) + 1) * Number(limit) + 2 ** Number(retries) - 1).toBeLessThan(60);
  }
});
