/**
 * What clients of Healthchecks send when a job starts, ends, fails or logs, request by request, and what each of them
 * takes for a yes. `{uuid}`, `{key}`, `{slug}` and `{rid}` stand for what the test fills in.
 */
export type Kind = "start" | "success" | "fail" | "log";
type Headers = readonly (readonly [string, string])[];

export interface Answered {
  status: number;
  body: string;
}

export interface Ping {
  kind: Kind;
  method: "GET" | "HEAD" | "POST";
  target: string;
  headers: Headers;
  body: string;
}

export interface Client {
  name: string;
  accepts: (answer: Answered) => boolean;
  pings: readonly Ping[];
}

type Rule = Client["accepts"];
const only200: Rule = ({ status }) => status === 200;
const only200And201: Rule = ({ status }) => status === 200 || status === 201;
const only200And204: Rule = ({ status }) => status === 200 || status === 204;
const below400: Rule = ({ status }) => status < 400;
/** It reads the words of the body too, whatever the status is. */
const withoutBadWords: Rule = ({ status, body }) => status === 200 && !/not found|rate limited/.test(body);

const TEXT: Headers = [["content-type", "text/plain"]];
const JSON_TYPE: Headers = [["content-type", "application/json"]];
const FORM: Headers = [["content-type", "application/x-www-form-urlencoded"]];

function ping(kind: Kind, method: Ping["method"], target: string, headers: Headers = [], body = ""): Ping {
  return { kind, method, target, headers, body };
}

const runitorHeaders: Headers = [
  ["user-agent", "runitor/1.4.1 (linux-amd64; +https://bdd.fi/x/runitor)"],
  ...TEXT,
];
const pyHeaders: Headers = [
  ["x-api-key", "{key}"],
  ["content-type", "application/json"],
];
const ansibleHeaders: Headers = [["x-api-key", "{key}"]];

export const CLIENTS: readonly Client[] = [
  {
    name: "runitor",
    accepts: only200And201,
    pings: [
      ping("start", "POST", "/{uuid}/start?rid={rid}", runitorHeaders),
      ping("success", "POST", "/{uuid}?rid={rid}", runitorHeaders, "the last lines"),
      ping("fail", "POST", "/{uuid}/3?rid={rid}", runitorHeaders, "the last lines"),
      ping("fail", "POST", "/ping/{uuid}/fail?rid={rid}", runitorHeaders, "exec: not found"),
      ping("start", "POST", "/ping/{key}/{slug}/start?create=1&rid={rid}", runitorHeaders),
      ping("success", "POST", "/{key}/{slug}?create=1&rid={rid}", runitorHeaders),
    ],
  },
  {
    name: "borgmatic",
    accepts: below400,
    pings: [
      ping("start", "POST", "/ping/{uuid}/start", [["user-agent", "borgmatic/2.0"]]),
      ping("log", "POST", "/ping/{uuid}/log", [["user-agent", "borgmatic/2.0"]], "creating archive"),
      ping("success", "POST", "/ping/{uuid}", [["user-agent", "borgmatic/2.0"]], "done"),
      ping("fail", "POST", "/ping/{uuid}/fail", [["user-agent", "borgmatic/2.0"]], "broken"),
      ping("start", "POST", "/ping/{key}/{slug}/start?create=1", [["user-agent", "borgmatic/2.0"]]),
    ],
  },
  {
    name: "resticprofile",
    accepts: below400,
    pings: [
      ping("start", "HEAD", "/ping/{uuid}/start"),
      ping("success", "HEAD", "/ping/{uuid}"),
      ping("success", "GET", "/ping/{uuid}", [["user-agent", "resticprofile/1.0"]]),
      ping("fail", "POST", "/ping/{uuid}/fail", [], "exit status 1\n\nFatal: unable to open repo"),
    ],
  },
  {
    name: "backrest",
    accepts: only200And204,
    pings: [
      ping("start", "POST", "/ping/{uuid}/start", TEXT, "backup started"),
      ping("success", "POST", "/ping/{uuid}", TEXT, "backup finished"),
      ping("fail", "POST", "/ping/{uuid}/fail", TEXT, "backup failed"),
      ping("log", "POST", "/ping/{uuid}/log", TEXT, "a line"),
    ],
  },
  {
    name: "autorestic",
    accepts: () => true,
    pings: [
      ping("start", "POST", "/ping/{uuid}/start", TEXT, "Starting backup for location"),
      ping("success", "POST", "/ping/{uuid}", TEXT, "Backup successful for location"),
      ping("fail", "POST", "/ping/{uuid}/fail", TEXT, "Backup failed for location"),
    ],
  },
  {
    name: "kopia (actions and a webhook)",
    accepts: below400,
    pings: [
      ping("start", "GET", "/ping/{uuid}/start"),
      ping("success", "GET", "/ping/{uuid}/"),
      ping(
        "fail",
        "POST",
        "/ping/{uuid}/fail",
        [["content-type", "text/markdown; charset=utf-8"]],
        "# Error",
      ),
      ping("success", "POST", "/ping/{uuid}", [["content-type", "text/html"]], "<p>done</p>"),
    ],
  },
  {
    name: "ofelia and gickup (curl, or a plain GET)",
    accepts: () => true,
    pings: [ping("success", "GET", "/ping/{uuid}"), ping("success", "GET", "/{uuid}")],
  },
  {
    name: "diun",
    accepts: below400,
    pings: [
      ping("start", "POST", "/ping/{uuid}/start", TEXT, "Cron triggered"),
      ping("success", "POST", "/ping/{uuid}", TEXT, "3 jobs done"),
      ping("fail", "POST", "/ping/{uuid}/fail", TEXT, "1 job failed"),
    ],
  },
  {
    name: "emborg",
    accepts: () => true,
    pings: [
      ping("start", "POST", "/{uuid}/start"),
      ping("success", "POST", "/{uuid}/0", FORM, "no errors"),
      ping("fail", "POST", "/{uuid}/2", FORM, "borg: error: lock timeout"),
    ],
  },
  {
    name: "task-mon",
    accepts: below400,
    pings: [
      ping("start", "GET", "/{uuid}/start?rid={rid}"),
      ping("success", "POST", "/{uuid}/0?rid={rid}", [], "output"),
      ping("fail", "POST", "/{uuid}/137?rid={rid}", [], "killed"),
      ping("log", "POST", "/{uuid}/log?rid={rid}", [], "a line"),
      ping("success", "POST", "/ping/{key}/{slug}/0", [], "output"),
    ],
  },
  {
    name: "healthchecks-rs",
    accepts: below400,
    pings: [
      ping("start", "GET", "/{uuid}/start"),
      ping("start", "GET", "/{uuid}/start?rid={rid}"),
      ping("success", "GET", "/{uuid}?rid={rid}"),
      ping("fail", "GET", "/{uuid}/fail"),
      ping("fail", "POST", "/{uuid}/fail?rid={rid}", TEXT, "panicked"),
    ],
  },
  {
    name: "py-healthchecks.io",
    accepts: withoutBadWords,
    pings: [
      ping("start", "POST", "/ping/{uuid}/start", pyHeaders),
      ping("success", "POST", "/ping/{uuid}", pyHeaders, '"all is well"'),
      ping("fail", "POST", "/ping/{uuid}/fail", pyHeaders, '"not well"'),
      ping("fail", "POST", "/ping/{uuid}/3", pyHeaders),
      ping("success", "POST", "/ping/{key}/{slug}", pyHeaders),
    ],
  },
  {
    name: "healthchecks-decorator",
    accepts: below400,
    pings: [
      ping("start", "GET", "/ping/{uuid}/start"),
      ping("success", "GET", "/ping/{uuid}"),
      ping("success", "POST", "/ping/{uuid}", FORM, "processed=200&failed=0"),
      ping("fail", "POST", "/ping/{uuid}/fail", FORM, "error=ValueError"),
    ],
  },
  {
    name: "pytocron",
    accepts: below400,
    pings: [
      ping("success", "GET", "/ping/{uuid}"),
      ping("success", "GET", "/ping/{uuid}/0"),
      ping("fail", "GET", "/ping/{uuid}/127"),
    ],
  },
  {
    name: "speedtest-tracker",
    accepts: () => true,
    pings: [
      ping("success", "POST", "/ping/{uuid}", JSON_TYPE, '{"result_id":7,"ping":12.5}'),
      ping("fail", "POST", "/ping/{uuid}/fail", JSON_TYPE, '{"result_id":8,"status":"failed"}'),
    ],
  },
  {
    name: "Home Assistant",
    accepts: below400,
    pings: [ping("success", "GET", "/ping/{uuid}", [["user-agent", "HomeAssistant/2026.2"]])],
  },
  {
    name: "Ansible",
    accepts: only200,
    pings: [
      ping("start", "HEAD", "/ping/{uuid}/start", ansibleHeaders),
      ping("success", "HEAD", "/ping/{uuid}", ansibleHeaders),
      ping("fail", "HEAD", "/{uuid}/fail", ansibleHeaders),
    ],
  },
];
