/**
 * The management API as functions, one a call, published as `rollcall/client`. Every function takes and gives
 * what goes over the wire (`answers.ts`) and throws `ClientError`, whose message is a sentence for a person.
 */
import type {
  BlindSpotAnswer,
  ChannelAnswer,
  ChannelTestAnswer,
  ConfigurationPlanAnswer,
  DurationGiven,
  ExplainAnswer,
  IncidentAnswer,
  InstantText,
  KeyAnswer,
  ListedProjectAnswer,
  MadeProjectAnswer,
  MonitorAnswer,
  MonitorGiven,
  NotificationAnswer,
  Page,
  PageQuery,
  PlanAnswer,
  PlanGiven,
  PreviewAnswer,
  ProjectAnswer,
  ProjectGiven,
  ProjectMade,
  ReportAnswer,
  RunAnswer,
  ScheduleJson,
  WindowAnswer,
} from "./answers.ts";
import type {
  AccelerationGiven,
  DeployAnswer,
  GuardedRouteAnswer,
  RejectionAnswer,
} from "./boundary-answers.ts";
import type { TrialAnswer, TrialGiven } from "./checks.ts";
import type { ContractAnswer, ContractGiven } from "./contracts.ts";
import { request } from "./request.ts";
import type { Call, Connection } from "./request.ts";
import type { VerificationAnswer, VerificationGiven } from "./verifications.ts";

export type * from "./answers.ts";
export type * from "./boundary-answers.ts";
export type * from "./checks.ts";
export type * from "./contracts.ts";
export type * from "./verifications.ts";
export { checkIn, projectOfKey } from "./check-in.ts";
export type { CheckInCall } from "./check-in.ts";
export { ClientError } from "./request.ts";
export type { ClientErrorCode, Connection } from "./request.ts";

export interface PeriodQuery {
  from?: InstantText;
  to?: InstantText;
}

export interface ConfigurationQuery {
  /** The name of its file: what the configuration is called unless it names itself. */
  file: string;
  /** Delete what is in the file no longer. */
  prune?: boolean;
}

export type Client = ReturnType<typeof createClient>;

/** Holds nothing open: a client is only the address and the key. */
export function createClient(connection: Connection) {
  const calls = callsOver(connection);
  return {
    monitors: monitorCalls(calls),
    runs: { get: (id: string) => calls.get<RunAnswer>(`/v1/runs/${encodeURIComponent(id)}`) },
    incidents: incidentCalls(calls),
    rejections: rejectionCalls(calls),
    guardedRoutes: { list: calls.list<GuardedRouteAnswer>("/v1/guarded-routes") },
    deploys: {
      list: calls.list<DeployAnswer>("/v1/deploys"),
      /** With a ping key too; `at`: now, if not said. */
      create: (deploy: { commit: string; at?: InstantText }) =>
        calls.send<DeployAnswer>("POST", "/v1/deploys", deploy),
    },
    verifications: verificationCalls(calls),
    blindSpots: { list: calls.list<BlindSpotAnswer>("/v1/blind-spots") },
    notifications: {
      list: (query: PageQuery & { incident?: string } = {}) =>
        calls.get<Page<NotificationAnswer>>("/v1/notifications", query),
    },
    project: {
      get: () => calls.get<ProjectAnswer>("/v1/project"),
      patch: (changes: ProjectGiven) => calls.send<ProjectAnswer>("PATCH", "/v1/project", changes),
    },
    /** With the instance key, which may do nothing else. */
    projects: {
      list: calls.list<ListedProjectAnswer>("/v1/projects"),
      /** A name that is taken is a `conflict`. */
      create: (made: ProjectMade) => calls.send<MadeProjectAnswer>("POST", "/v1/projects", made),
    },
    keys: keyCalls(calls),
    /** Excuses windows. */
    maintenance: planCalls(calls, "/v1/maintenance"),
    /** Only mutes sending. */
    silences: planCalls(calls, "/v1/silences"),
    schedules: {
      /** Refused with the same sentences as a monitor with this schedule would be. */
      preview: (asked: { schedule: ScheduleJson; from?: InstantText; count?: number }) =>
        calls.send<PreviewAnswer>("POST", "/v1/schedules/preview", asked),
    },
    checks: {
      /** What these checks, or a monitor's, would find in an outcome or a run; writes nothing. */
      try: (asked: TrialGiven) => calls.send<TrialAnswer>("POST", "/v1/checks/try", asked),
    },
    channels: channelCalls(calls),
    /** What platforms and jobs must show to check in. */
    contracts: contractCalls(calls),
    /** A whole configuration file, as the document it is. */
    configuration: configurationCalls(calls),
    /** Expected against actual, by monitor. */
    report: (query: PageQuery & PeriodQuery = {}) => calls.get<ReportAnswer>("/v1/report", query),
  };
}

type Calls = ReturnType<typeof callsOver>;

function callsOver(connection: Connection) {
  const get = async <Answer>(path: string, query: object = {}): Promise<Answer> =>
    (await request(connection, {
      method: "GET",
      path,
      query: query as NonNullable<Call["query"]>,
    })) as Answer;
  const send = async <Answer>(
    method: Call["method"],
    path: string,
    body?: object,
    query: NonNullable<Call["query"]> = {},
  ): Promise<Answer> =>
    (await request(connection, { method, path, query, ...(body === undefined ? {} : { body }) })) as Answer;
  const list = <Item>(path: string) => {
    return (query: PageQuery = {}): Promise<Page<Item>> => get<Page<Item>>(path, query);
  };
  return { get, send, list };
}

function verificationCalls({ get, send }: Calls) {
  return {
    /** Answers when all calls have been made: give the connection a minute (`timeoutMs`). */
    run: (asked: VerificationGiven) => send<VerificationAnswer>("POST", "/v1/verifications", asked),
    /** Newest first. */
    list: (query: PageQuery & { url?: string } = {}) =>
      get<Page<VerificationAnswer>>("/v1/verifications", query),
    get: (id: string) => get<VerificationAnswer>(`/v1/verifications/${encodeURIComponent(id)}`),
  };
}

function monitorCalls({ get, send, list }: Calls) {
  const path = (slug: string): string => `/v1/monitors/${encodeURIComponent(slug)}`;
  return {
    list: list<MonitorAnswer>("/v1/monitors"),
    get: (slug: string) => get<MonitorAnswer>(path(slug)),
    /** Creates or replaces. Doing it twice with the same input changes nothing. */
    put: (slug: string, monitor: MonitorGiven) => send<MonitorAnswer>("PUT", path(slug), monitor),
    patch: (slug: string, changes: Partial<MonitorGiven>) =>
      send<MonitorAnswer>("PATCH", path(slug), changes),
    /** Leaves a tombstone: later check-ins are told that the monitor was deleted. */
    delete: (slug: string) => send<null>("DELETE", path(slug)),
    /** Needs `until` or `reason`. */
    pause: (slug: string, pause: { until?: InstantText; reason?: string }) =>
      send<MonitorAnswer>("POST", `${path(slug)}/pause`, pause),
    /** Expects its runs more often until the first verified one, or until it expires. The same twice changes nothing. */
    accelerate: (slug: string, asked: AccelerationGiven) =>
      send<MonitorAnswer>("POST", `${path(slug)}/accelerate`, asked),
    /** Takes that back before its time. */
    decelerate: (slug: string) => send<MonitorAnswer>("DELETE", `${path(slug)}/accelerate`),
    resume: (slug: string) => send<MonitorAnswer>("POST", `${path(slug)}/resume`),
    /** The ledger, windows still to come included. */
    windows: (slug: string, query: PageQuery & PeriodQuery = {}) =>
      get<Page<WindowAnswer>>(`${path(slug)}/windows`, query),
    runs: (slug: string, query: PageQuery & { run_id?: string } = {}) =>
      get<Page<RunAnswer>>(`${path(slug)}/runs`, query),
    /** `at`: a window's `expected_at` or any instant; the latest window at or before it is explained. */
    explain: (slug: string, query: { at?: InstantText } = {}) =>
      get<ExplainAnswer>(`${path(slug)}/explain`, query),
  };
}

function incidentCalls({ get, send }: Calls) {
  const path = (id: string): string => `/v1/incidents/${encodeURIComponent(id)}`;
  return {
    list: (query: PageQuery & { status?: IncidentAnswer["status"]; monitor?: string } = {}) =>
      get<Page<IncidentAnswer>>("/v1/incidents", query),
    get: (id: string) => get<IncidentAnswer>(path(id)),
    acknowledge: (id: string, note: { note?: string } = {}) =>
      send<IncidentAnswer>("POST", `${path(id)}/acknowledge`, note),
    resolve: (id: string, note: { note?: string } = {}) =>
      send<IncidentAnswer>("POST", `${path(id)}/resolve`, note),
    comment: (id: string, comment: { text: string }) =>
      send<IncidentAnswer>("POST", `${path(id)}/comments`, comment),
  };
}

function rejectionCalls({ get, send }: Calls) {
  return {
    /** Of one monitor, of none (`inbox`), or all. */
    list: (query: PageQuery & { monitor?: string; inbox?: "true" } = {}) =>
      get<Page<RejectionAnswer>>("/v1/rejections", query),
    /** Binds one that belongs to no monitor to this one. */
    claim: (id: string, to: { monitor: string }) =>
      send<RejectionAnswer>("POST", `/v1/rejections/${encodeURIComponent(id)}/claim`, to),
  };
}

function keyCalls({ send, list }: Calls) {
  const path = (id: string): string => `/v1/keys/${encodeURIComponent(id)}`;
  return {
    list: list<KeyAnswer>("/v1/keys"),
    create: (key: { kind: KeyAnswer["kind"]; label?: string; monitors?: string[] | null }) =>
      send<KeyAnswer>("POST", "/v1/keys", key),
    /** The old secret stays good for the overlap. */
    rotate: (id: string, overlap: { overlap?: DurationGiven } = {}) =>
      send<KeyAnswer>("POST", `${path(id)}/rotate`, overlap),
    revoke: (id: string) => send<KeyAnswer>("POST", `${path(id)}/revoke`),
  };
}

function planCalls({ send, list }: Calls, path: string) {
  return {
    list: list<PlanAnswer>(path),
    create: (plan: PlanGiven) => send<PlanAnswer>("POST", path, plan),
    delete: (id: string) => send<null>("DELETE", `${path}/${encodeURIComponent(id)}`),
  };
}

function channelCalls({ get, send, list }: Calls) {
  const path = (name: string): string => `/v1/channels/${encodeURIComponent(name)}`;
  return {
    list: list<ChannelAnswer>("/v1/channels"),
    get: (name: string) => get<ChannelAnswer>(path(name)),
    /** Secrets that are left out stay as they were. */
    put: (
      name: string,
      channel: { kind: string; settings: Record<string, unknown>; self_test_every?: DurationGiven | null },
    ) => send<ChannelAnswer>("PUT", path(name), channel),
    delete: (name: string) => send<null>("DELETE", path(name)),
    /** Sends one message to show that it arrives. */
    test: (name: string) => send<ChannelTestAnswer>("POST", `${path(name)}/test`),
  };
}

function contractCalls({ get, send, list }: Calls) {
  const path = (name: string): string => `/v1/contracts/${encodeURIComponent(name)}`;
  return {
    list: list<ContractAnswer>("/v1/contracts"),
    get: (name: string) => get<ContractAnswer>(path(name)),
    put: (name: string, contract: ContractGiven) => send<ContractAnswer>("PUT", path(name), contract),
    /** A `conflict` while a monitor or the project accepts it. */
    delete: (name: string) => send<null>("DELETE", path(name)),
  };
}

function configurationCalls({ send }: Calls) {
  const path = "/v1/configuration";
  const queryOf = ({ prune = false, ...query }: ConfigurationQuery) => ({ ...query, prune: String(prune) });
  return {
    /** What applying it would do; changes nothing. */
    plan: (document: object, query: ConfigurationQuery) =>
      send<ConfigurationPlanAnswer>("POST", `${path}/plan`, document, queryOf(query)),
    /** `expect`: the fingerprint of the plan that it is to be; another one is a `conflict`, and nothing is done. */
    apply: (document: object, query: ConfigurationQuery & { expect?: string }) =>
      send<ConfigurationPlanAnswer>("POST", `${path}/apply`, document, queryOf(query)),
  };
}

/** Every item of a list, page after page: `for await (const each of everyItem(client.monitors.list))`. */
export async function* everyItem<Item>(
  list: (query: PageQuery) => Promise<Page<Item>>,
): AsyncGenerator<Item, void, undefined> {
  let page = await list({});
  yield* page.items;
  while (page.next_cursor !== null) {
    const cursor = page.next_cursor;
    page = await list({ cursor });
    yield* page.items;
    // A list that does not move on would be walked for ever.
    if (page.next_cursor === cursor) return;
  }
}
