/** Real HTTP servers to verify: one that guards its probe well, and for each flaw one that has it. */
import type { ServerResponse } from "node:http";
import { afterEach } from "vitest";
import type { NamedContract } from "../../../src/domain/trust/contract.ts";
import { createBoundary, type Boundary } from "../../../src/trust/boundary.ts";
import { createIssuerKeys } from "../../../src/trust/issuer-keys.ts";
import { startHttpReceiver, type HttpReceiver, type Received } from "../../stubs/http-receiver.ts";
import { verify } from "./verify.ts";

export const SECRET = "correct-horse-battery-staple-0001";
export const MANUAL_SECRET = "another-horse-for-people-00000002";
export const PROBE = "/.well-known/rollcall/probe";

export interface Said {
  status: number;
  headers?: Record<string, string>;
  json?: object;
  text?: string;
}

/** What a server says to a call; `undefined`: what a good one would say. */
export type Flaw = (received: Received, contracts: readonly NamedContract[]) => Said | undefined;

export interface Target extends HttpReceiver {
  probe: string;
  /** From now on it asks for these, and has this flaw or none. */
  deploy(contracts: readonly NamedContract[], flaw?: Flaw): void;
}

export interface TargetGiven {
  flaw?: Flaw;
  isForgetful?: boolean;
  now?: () => number;
  issuer?: string;
}

interface Closable {
  close(): Promise<void>;
}

/** Starts targets and closes them after each test; to be called where tests are declared. */
export function targetsOfTest() {
  const opened: Closable[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
  });
  const closed = <Opened extends Closable>(each: Opened): Opened => {
    opened.push(each);
    return each;
  };
  const open = async (...given: Parameters<typeof startTarget>): Promise<Target> =>
    closed(await startTarget(...given));
  return {
    /** What else is closed then. */
    closed,
    open,
    /** By a server that asks for this contract, or for one of people, and has the flaw. */
    async verifyFlawed(contract: NamedContract, flaw: Flaw) {
      const { probe } = await open([contract, people], { flaw });
      return verify(probe, contract, { manual: people });
    },
  };
}

/** A server whose probe asks the boundary, remembers what was shown, and has the flaw. */
export async function startTarget(
  contracts: readonly NamedContract[],
  given: TargetGiven = {},
): Promise<Target> {
  const receiver = await startHttpReceiver();
  let deployed = { contracts, flaw: given.flaw, boundary: boundaryOf(contracts, given) };
  const shown = new Set<string>();
  const decided = async ({ method, path, headers, body }: Received): Promise<Said> => {
    if (path.split("?")[0] !== PROBE) return { status: 404, json: { error: "not found" } };
    const request = {
      method: method === "HEAD" ? "GET" : method,
      url: receiver.url + path,
      headers,
      body: Buffer.from(body),
    };
    const { boundary } = deployed;
    const decision = await boundary.decide(request);
    if (!decision.isOk)
      return { status: statusOf(decision.reason), json: { ok: false, reason: decision.reason } };
    const { principal, contract, once } = decision;
    if (once !== null && shown.has(once.id) && given.isForgetful !== true) {
      return { status: 401, json: { ok: false, reason: "replayed" } };
    }
    if (once !== null) shown.add(once.id);
    return { status: 200, json: { ok: true, principal, contract, config_hash: await boundary.configHash() } };
  };
  receiver.answer = (received, response) => {
    const said = deployed.flaw?.(received, deployed.contracts);
    void (said === undefined ? decided(received) : Promise.resolve(said)).then((each) => {
      write(each, received, response);
      return null;
    });
  };
  return Object.assign(receiver, {
    probe: receiver.url + PROBE,
    deploy(next: readonly NamedContract[], flaw?: Flaw) {
      deployed = { contracts: next, flaw, boundary: boundaryOf(next, given) };
    },
  });
}

function boundaryOf(
  contracts: readonly NamedContract[],
  { now = Date.now, issuer }: Pick<TargetGiven, "now" | "issuer">,
): Boundary {
  const issuerKeys = createIssuerKeys({
    get: async (url) => {
      const response = await fetch(url);
      return { status: response.status, body: await response.text() };
    },
    issuers: issuer === undefined ? [] : [issuer],
    now,
    within: (work) => work,
  });
  return createBoundary({ contracts, issuerKeys, now });
}

function statusOf(reason: string): number {
  if (reason === "method_not_allowed") return 405;
  return reason === "not_configured" || reason === "jwks_unavailable" ? 503 : 401;
}

function write(
  { status, headers = {}, json, text }: Said,
  { method }: Received,
  response: ServerResponse,
): void {
  response.writeHead(status, { "cache-control": "no-store", ...headers });
  response.end(method === "HEAD" ? "" : (text ?? JSON.stringify(json ?? {})));
}

/** What Vercel's cron shows: a bearer secret, by GET. */
export function bearer(given: Partial<NamedContract> = {}): NamedContract {
  return {
    name: "vercel",
    contract: { scheme: "bearer", preset: "vercel", principal: "scheduler", methods: ["GET"] },
    secrets: [SECRET],
    ...given,
  };
}

/** A header that people set. */
export const people: NamedContract = {
  name: "people",
  contract: { scheme: "header", preset: null, principal: "manual", methods: null, header: "x-manual-secret" },
  secrets: [MANUAL_SECRET],
};

/** Signed, with a time stamp and an id of its own, by POST. */
export function hmac(given: Partial<NamedContract> = {}): NamedContract {
  return {
    name: "hooks",
    contract: {
      scheme: "hmac",
      preset: "standard_webhooks",
      principal: "scheduler",
      methods: ["POST"],
      signatureHeader: "webhook-signature",
      encoding: "base64",
      prefix: "v1,",
      listSeparator: " ",
      fields: null,
      timestamp: { from: "header", name: "webhook-timestamp", unit: "s", toleranceMs: 300_000 },
      template: "{id}.{timestamp}.{body}",
      body: "raw",
      idHeader: "webhook-id",
      secret: { encoding: "base64", strip: "whsec_" },
    },
    secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    ...given,
  };
}

/** As QStash signs: the address and the body are in the token. */
export const token: NamedContract = {
  name: "qstash",
  contract: {
    scheme: "jwt_hs256",
    preset: "qstash",
    principal: "scheduler",
    methods: ["POST"],
    header: "upstash-signature",
    issuer: "Upstash",
    audience: null,
    isSubjectUrl: true,
    bodyHashClaim: "body",
  },
  secrets: ["sig_0123456789abcdefghijklmnopqrstuv"],
};

export function oidc(issuer: string): NamedContract {
  return {
    name: "github",
    contract: {
      scheme: "oidc",
      preset: null,
      principal: "scheduler",
      methods: null,
      issuer,
      issuerAliases: [],
      audience: "https://app.example",
      algorithms: ["RS256"],
      require: { repository_id: ["42"] },
      jwksUrl: `${issuer}/.well-known/jwks`,
      jwks: null,
      maxAgeMs: null,
      isOnce: true,
      run: null,
    },
    secrets: [],
  };
}
