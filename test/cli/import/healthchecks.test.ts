/** A project of Healthchecks moved over: the program against a stand-in that answers as its API does. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { answering, startHttpReceiver } from "../../stubs/http-receiver.ts";
import type { HttpReceiver } from "../../stubs/http-receiver.ts";
import { cliAlone, run } from "../program.ts";
import type { Ended, Program } from "../program.ts";

const UUIDS = [
  "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278",
  "f618072a-7bde-4eee-af63-71a77c5723bc",
  "a6c7b0a8-1d3f-4c5e-9b3e-0f3b6f0f9c11",
];
const CHANNELS = {
  channels: [
    { id: "4ec5a071-2d08-4baa-898a-eb4eb3cd6941", name: "Ops", kind: "email" },
    { id: "746a083e-f542-4554-be1a-707ce16d3acc", name: "", kind: "sms" },
  ],
};
const check = (index: number, more: object): object => ({
  name: "",
  slug: "",
  tags: "",
  desc: "",
  grace: 3600,
  n_pings: 1,
  status: "up",
  started: false,
  manual_resume: false,
  methods: "",
  filter_subject: false,
  filter_http_body: false,
  uuid: UUIDS[index],
  ping_url: `https://hc-ping.com/${UUIDS[index]}`,
  update_url: `https://healthchecks.io/api/v3/checks/${UUIDS[index]}`,
  channels: "",
  timeout: 86_400,
  ...more,
});

let program: Program;
let server: HttpReceiver;
/** By path; what is not here is 404, as an older server says of newer versions. */
let pages: Record<string, object>;

beforeAll(async () => {
  program = cliAlone();
});
afterAll(() => program.remove());
beforeEach(async () => {
  pages = {};
  server = await startHttpReceiver((received, response) => {
    const page = pages[received.path];
    const isKnown = received.headers["x-api-key"] === "hc-key";
    const [status, body] = isKnown
      ? page === undefined
        ? [404, {}]
        : [200, page]
      : [401, { error: "wrong api key" }];
    answering({ status, body: JSON.stringify(body) })(received, response);
  });
});
afterEach(() => server.close());

const imported = (words: string[] = [], key = "hc-key"): Promise<Ended> =>
  run(program, ["import", "healthchecks", server.url, ...words], { HEALTHCHECKS_API_KEY: key });
const monitorsOf = ({ stdout }: Ended) => (parse(stdout) as { monitors: Record<string, object> }).monitors;

describe("checks", () => {
  test("keep their names, slugs, tags, schedules and UUIDs", async () => {
    pages["/api/v3/checks/"] = {
      checks: [
        check(0, { name: "Backups of DB", slug: "db-backups", tags: "prod  db", grace: 900 }),
        check(1, {
          name: "Nightly",
          schedule: "15 5 * * *",
          tz: "Europe/Riga",
          timeout: undefined,
          last_duration: 4,
        }),
        check(2, { schedule: "Mon..Fri 09:00\n18:00", tz: "UTC", timeout: undefined }),
      ],
    };
    const ended = await imported();
    expect(ended.code).toBe(0);
    expect(monitorsOf(ended)).toEqual({
      "db-backups": {
        name: "Backups of DB",
        tags: ["prod", "db"],
        schedule: { every: "1d" },
        signals: "finish",
        grace: "15m",
        ping_uuid: UUIDS[0],
      },
      nightly: {
        name: "Nightly",
        schedule: { cron: "15 5 * * *", timezone: "Europe/Riga" },
        grace: "1h",
        max_runtime: "1h",
        ping_uuid: UUIDS[1],
      },
      "check-a6c7b0a8": {
        schedule: { cron: ["0 9 * * 1-5", "0 18 * * *"], timezone: "UTC", scheduler: "systemd" },
        signals: "finish",
        grace: "1h",
        ping_uuid: UUIDS[2],
      },
    });
    expect(server.received[0]).toMatchObject({ method: "GET", path: "/api/v3/checks/" });
    expect(ended.stderr).toContain(
      "put http://127.0.0.1:8377/ping/ where the jobs have the address of Healthchecks",
    );
    expect(ended.stdout + ended.stderr).not.toContain("hc-key");
  });

  test("of an older server are read by v1, where only addresses hold the UUID", async () => {
    pages["/api/v1/checks/"] = { checks: [check(0, { name: "Old", uuid: undefined })] };
    const ended = await imported();
    expect(monitorsOf(ended)["old"]).toMatchObject({ ping_uuid: UUIDS[0] });
    expect(server.received.map(({ path }) => path)).toEqual([
      "/api/v3/checks/",
      "/api/v2/checks/",
      "/api/v1/checks/",
      "/api/v1/channels/",
    ]);
  });

  test("that are paused, that have channels or what has no equivalent are told of", async () => {
    pages["/api/v3/channels/"] = CHANNELS;
    pages["/api/v3/checks/"] = {
      checks: [
        check(0, {
          name: "Odd\u001b[1m\u202e",
          slug: "42",
          desc: "see the wiki\u001b[2J\nthen call Ann",
          status: "paused",
          methods: "POST",
          filter_subject: true,
          channels: CHANNELS.channels.map(({ id }) => id).join(","),
        }),
      ],
    };
    const ended = await imported();
    const { code, stderr, stdout } = ended;
    expect(code).toBe(0);
    expect(monitorsOf(ended)["odd-1m"]).toMatchObject({ description: "see the wiki [2J\nthen call Ann" });
    for (const steering of ["\u001b", "\u202e"]) expect(stdout + stderr).not.toContain(steering);
    for (const told of [
      /set these up by hand.*Ops, email; without a name, sms/,
      /paused there until its next ping; a pause here lasts[\s\S]*"reason": "paused in Healthchecks".*\/v1\/monitors\/odd-1m\/pause/,
      /note: its slug 42 cannot be kept/,
      /note: it counted POST only/,
      /note: it looked for keywords in the subject of emails/,
    ]) {
      expect(stderr).toMatch(told);
    }
  });

  test("that cannot be moved are listed, and the others are imported", async () => {
    pages["/api/v3/checks/"] = {
      checks: [
        check(0, {
          name: "Read only",
          uuid: undefined,
          ping_url: undefined,
          update_url: undefined,
          unique_key: "a6",
        }),
        check(1, { name: "Never", schedule: "0 0 30 2 *", tz: "UTC", timeout: undefined }),
        check(2, { name: "Good", status: "new" }),
      ],
    };
    const ended = await imported();
    expect(ended.code).toBe(1);
    expect(Object.keys(monitorsOf(ended))).toEqual(["good"]);
    expect(ended.stderr).toContain("note: it was never pinged");
    expect(ended.stderr).toMatch(
      /Not imported:[\s\S]*check 1: Read only: .*read-write API key[\s\S]*never: .*no run/,
    );
  });
});

describe("a server that cannot be read", () => {
  test.each([
    ["a wrong key", () => imported([], "other"), /refused the API key/],
    ["no key", () => imported([], ""), /set HEALTHCHECKS_API_KEY/],
    ["a key of two lines", () => imported([], "hc-key\nhc-key"), /API key holds characters that no key has/],
    ["a key with its quotes", () => imported([], "“hc-key”"), /API key holds characters that no key has/],
    ["nothing of the kind", () => imported(), /no management API of Healthchecks/],
    [
      "no address",
      () => run(program, ["import", "healthchecks", "nonsense", "--api-key", "k"]),
      /is not the address/,
    ],
  ])("%s ends with a sentence and 2", async (_what, act, sentence) => {
    const ended = await act();
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toMatch(sentence);
    expect(ended.stderr.trim().split("\n")).toHaveLength(1);
    expect(ended.stderr).not.toContain("hc-key");
  });

  test("is never followed elsewhere with the key", async () => {
    server.answer = answering({ status: 302, headers: { location: "https://elsewhere.example.org/" } });
    const ended = await imported();
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("redirects to https://elsewhere.example.org/: give that address.");
    expect(server.received).toHaveLength(1);
  });

  test("and one that is away ends with 3", async () => {
    const ended = await run(program, ["import", "healthchecks", "http://127.0.0.1:2", "--api-key", "hc-key"]);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toMatch(/^rollcall: Healthchecks cannot be reached: .*\n$/);
  });
});
