/** CronJobs in manifests as clusters and repositories hold them. */
import { expect, test } from "vitest";
import { source } from "../../../src/cli/import/kubernetes.ts";
import { fileOf, leftOut, read } from "./reading.ts";

const MANIFEST = `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: nightly-backup
  namespace: prod
spec:
  schedule: "0 2 * * *"
  timeZone: Europe/Berlin
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  jobTemplate:
    spec:
      activeDeadlineSeconds: 5400
      template:
        spec:
          restartPolicy: OnFailure
          containers:
            - name: backup
              image: registry.example.org/backup:3
              command: ["/bin/backup", "--all"]
`;

const cronJob = (spec: string, metadata = "name: job"): string =>
  `kind: CronJob\nmetadata: { ${metadata} }\nspec: { schedule: "*/5 * * * *", ${spec} }\n`;
const only = async (text: string, options = {}) =>
  (await read(source, fileOf("jobs.yaml", text), options)).proposals[0];

test("a CronJob beside other kinds becomes a monitor with what it says of itself", async () => {
  const found = await read(source, fileOf("jobs.yaml", MANIFEST));
  expect(found.leftOut).toEqual([]);
  expect(found.remarks).toEqual([]);
  const [proposal] = found.proposals;
  expect(proposal).toMatchObject({
    names: ["nightly-backup", "prod-nightly-backup"],
    place: { file: "jobs.yaml", line: 9 },
    monitor: {
      schedule: { cron: "0 2 * * *", timezone: "Europe/Berlin", scheduler: "kubernetes" },
      overlap: "skip",
      grace: "1h1m",
      max_runtime: "1h30m",
    },
  });
  expect(proposal?.notes).toEqual(["grace: startingDeadlineSeconds lets a run start 1h late"]);
  expect(proposal?.linesFor("nightly-backup")).toEqual([
    "# spec.jobTemplate.spec.template.spec.containers[0] (backup)",
    'command: ["rollcall","exec","nightly-backup","--","/bin/backup","--all"]',
    "env:",
    '  - { name: ROLLCALL_URL, value: "https://rollcall.example.org" }',
    "  - { name: ROLLCALL_PING_KEY, valueFrom: { secretKeyRef: { name: rollcall, key: ping-key } } }",
  ]);
});

test("lists of kubectl are read, as YAML and as JSON", async () => {
  const job = { kind: "CronJob", metadata: { name: "a" }, spec: { schedule: "@daily" } };
  const list = {
    kind: "List",
    items: [job, { kind: "Secret" }, { kind: "List", items: [{ ...job, metadata: { name: "b" } }] }],
  };
  const cronJobs = {
    kind: "CronJobList",
    items: [{ metadata: { name: "c" }, spec: { schedule: "@daily" } }],
  };
  const text = `${JSON.stringify(list, null, 2)}\n---\n${JSON.stringify(cronJobs)}\n`;
  const { proposals } = await read(source, fileOf("-", text));
  expect(proposals.map(({ names }) => names[0])).toEqual(["a", "b", "c"]);
  const lines = proposals.map(({ place }) => text.split("\n")[(place.line ?? 0) - 1]);
  expect(lines).toEqual([
    expect.stringContaining('"a"'),
    expect.stringContaining('"b"'),
    expect.stringContaining('"c"'),
  ]);
});

test("the zone is timeZone, CRON_TZ in the schedule, --tz, and UTC with a remark", async () => {
  const prefixed = `kind: CronJob\nmetadata: { name: a }\nspec: { schedule: "CRON_TZ=Asia/Tokyo 0 1 * * *" }\n`;
  expect((await only(prefixed))?.monitor.schedule).toMatchObject({
    cron: "0 1 * * *",
    timezone: "Asia/Tokyo",
  });
  expect((await only(cronJob(""), { timezone: "Europe/Paris" }))?.monitor.schedule.timezone).toBe(
    "Europe/Paris",
  );
  const found = await read(source, fileOf("jobs.yaml", cronJob("")));
  expect(found.proposals[0]?.monitor.schedule.timezone).toBe("UTC");
  expect(found.remarks[0]).toContain("UTC is assumed");
});

test("@every is an interval", async () => {
  const text = `kind: CronJob\nmetadata: { name: a }\nspec: { schedule: "@every 1h30m" }\n`;
  expect((await only(text))?.monitor.schedule).toEqual({ every: "1h30m" });
});

test.each([
  ["startingDeadlineSeconds: 10", {}],
  ["startingDeadlineSeconds: 120", { grace: "3m" }],
  ["startingDeadlineSeconds: 7200", { grace: "5m" }],
  ["concurrencyPolicy: Replace", {}],
  ["concurrencyPolicy: Allow", {}],
  ["jobTemplate: { spec: { template: { spec: { activeDeadlineSeconds: 90 } } } }", { max_runtime: "1m30s" }],
])("%s on a job of every five minutes", async (spec, more) => {
  const schedule = { cron: "*/5 * * * *", timezone: "UTC", scheduler: "kubernetes" };
  expect((await only(cronJob(spec)))?.monitor).toEqual({ schedule, ...more });
});

test("a deadline below the controller's own step is warned of", async () => {
  expect((await only(cronJob("startingDeadlineSeconds: 5")))?.notes[0]).toContain("runs will be lost");
});

test.each([
  [cronJob("suspend: true"), /^2: it is suspended/],
  [cronJob("", "generateName: job-"), /^2: it has no name of its own/],
  ["kind: CronJob\nmetadata: { name: a }\n", /^2: it has no schedule/],
  ['kind: CronJob\nmetadata: { name: a }\nspec: { schedule: "${SCHEDULE}" }\n', /^2: it is a template/],
])("what no run can be expected of is left out: %#", async (text, why) => {
  const found = await read(source, fileOf("jobs.yaml", text));
  expect(found.proposals).toEqual([]);
  expect(leftOut(found)).toEqual([expect.stringMatching(why)]);
});

test("a document that is no YAML is listed with its line, and the others are read", async () => {
  const text = `${cronJob("")}---\nkind: CronJob\nmetadata:\n  name: {{ .Release.Name }}-job\n---\n${cronJob("", "name: other")}---\na: *nobody\n`;
  const found = await read(source, fileOf("jobs.yaml", text));
  expect(found.proposals.map(({ names }) => names[0])).toEqual(["job", "other"]);
  expect(found.leftOut.map(({ place }) => place.line)).toEqual([7, expect.any(Number)]);
  expect(found.leftOut[0]?.why).toMatch(/^it cannot be read: /);
});
