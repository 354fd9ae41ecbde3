/** `/v1/boundary-receipts`: what guards on users' own routes tell; and `/v1/guarded-routes`, what is known of those. */
import { z } from "@hono/zod-openapi";
import { RollcallError, type FieldProblem } from "../domain/errors.ts";
import { parseInstant } from "../domain/instant.ts";
import { LIMITS } from "../domain/limits.ts";
import { PRINCIPALS } from "../domain/trust/contract.ts";
import type { BoundaryReceipt, GuardSign } from "../domain/trust/guarded-route.ts";
import { REJECTION_REASONS } from "../domain/trust/reasons.ts";
import type { GuardedRouteView } from "../engine/guarded-routes.ts";
import type { Addresses, Identity } from "../ports/trust.ts";
import { call, type Call } from "./call.ts";
import { fieldProblems } from "./field-problems.ts";
import {
  instant,
  instantOrNull,
  instantOut,
  listOf,
  pageOf,
  pageOfWhole,
  pageQuery,
  shown,
  shownPage,
} from "./schemas.ts";

const HEADERS = 40;
/** Of one receipt so many are told, and in the sentence so many of all: whoever has more begins with these. */
const PROBLEMS_EACH = 3;
const PROBLEMS_NAMED = 5;

/** However long: what is kept of it is bounded and cleaned. */
const text = z.string();
const slug = z.string().min(1).max(LIMITS.slugCharacters);
const hash = z.string().min(1).max(128);
/** Not turned into a number here, so that what was read may be read again. */
const when = z.string().superRefine((value, context) => {
  if (parseInstant(value) !== null) return;
  context.addIssue({
    code: "custom",
    message: `${shown(value)} is not an instant: write ISO 8601 with a zone, like 2026-03-08T07:00:00Z`,
  });
});
const route = text.min(1).openapi({ example: "GET /api/cron", description: "Its pattern, without a query." });

/** Fields that a later guard may tell are passed over: what is known of its receipt counts. */
const receiptIn = z
  .object({
    route,
    monitor: slug.nullish().openapi({ description: "The monitor whose job the route is." }),
    probe: z.boolean().optional().openapi({ description: "The read-only probe: says nothing of runs." }),
    at: when,
    ok: z.boolean(),
    reason: z.enum(REJECTION_REASONS).nullish().openapi({ description: "Of a call that was refused." }),
    principal: z.enum(PRINCIPALS).nullish(),
    contract: text.nullish(),
    expected: text.optional(),
    seen: text.optional(),
    header_names: z.array(text).optional(),
    address: text.nullish().openapi({ description: "Of the caller; only its /24 or /64 is kept." }),
    address_prefix: text.nullish().openapi({ description: "Instead of it." }),
    scheduled_for: when.nullish(),
    config_hash: hash,
  })
  .refine(({ ok, reason }) => ok || typeof reason === "string", {
    path: ["reason"],
    message: "is missing: a refused call was refused for a reason",
  })
  .openapi("BoundaryReceipt");

const signIn = z
  .object({
    instance: text,
    since: when.openapi({ description: "It has listened without interruption since then." }),
    at: when,
    routes: z
      .array(z.object({ route, monitor: slug.nullish(), probe: z.boolean().optional(), config_hash: hash }))
      .max(LIMITS.guardedRoutesPerProject),
  })
  .openapi("GuardSign");

const batchIn = z.strictObject({
  // Each is read by itself, so that a wrong one costs no other.
  sign: z.union([signIn, z.unknown()]).optional(),
  receipts: z
    .array(z.union([receiptIn, z.unknown()]))
    .max(LIMITS.receiptsPerBatch)
    .optional(),
});

const guardedRouteOut = z
  .object({
    route: z.string(),
    monitor: z.string().nullable(),
    probe: z.boolean(),
    config_hash: z.string(),
    listening: z.boolean().openapi({ description: "A guard on it has said so within the last minutes." }),
    listening_since: instantOut.nullable(),
    listening_until: instantOut.nullable(),
    last_call: z
      .object({
        at: instantOut,
        ok: z.boolean(),
        reason: z.string().nullable(),
        principal: z.string().nullable(),
      })
      .nullable(),
    calls: z.int(),
    first_at: instantOut,
    last_at: instantOut,
    warnings: z.array(z.string()),
  })
  .openapi("GuardedRoute");

export const boundaryCalls: readonly Call[] = [
  call({
    method: "post",
    path: "/v1/boundary-receipts",
    access: "ping",
    about:
      "What the guard on your routes decided, and that it listens. Wrong receipts are named and the others count; the same batch again changes nothing.",
    body: batchIn,
    answer: z.object({ taken: z.int() }),
    async handle({ parts, project, identity, body }) {
      const receivedAt = parts.engine.clock.now();
      const { problems, ...told } = readBatch(body, { identity, addresses: parts.trust.addresses });
      const speaksFor = identity.monitors;
      const noted = await parts.engine.noteBoundary({ project, speaksFor, receivedAt, ...told });
      problems.push(...noted.foreign.map(foreignRoute));
      if (problems.length > 0) throw partlyTaken(noted.taken, problems);
      return { taken: noted.taken };
    },
  }),

  call({
    method: "get",
    path: "/v1/guarded-routes",
    access: "read",
    about:
      "Your routes with a guard: their rules, their last call, whether they listen, and what does not fit.",
    query: pageQuery,
    answer: listOf(guardedRouteOut),
    handle: async ({ parts, project, query }) =>
      shownPage(pageOfWhole(await parts.engine.listGuardedRoutes({ project }), pageOf(query)), shownRoute),
  }),
];

interface Read {
  sign: GuardSign | null;
  receipts: BoundaryReceipt[];
  problems: FieldProblem[];
}

function readBatch(
  { sign = null, receipts = [] }: z.output<typeof batchIn>,
  from: { identity: Identity; addresses: Addresses },
): Read {
  const read: Read = { sign: null, receipts: [], problems: [] };
  const readSign = sign === null ? null : readOne(signIn, sign, "sign", read.problems);
  if (readSign !== null) {
    read.sign = signOf(readSign, from.identity);
    for (const [index, each] of readSign.routes.entries()) {
      if (maySpeakFor(from.identity, each)) continue;
      const field = `sign.routes[${index}].monitor`;
      read.problems.push({ field, message: notAllowed(from.identity, each) });
    }
  }
  for (const [index, sent] of receipts.entries()) {
    const field = `receipts[${index}]`;
    const receipt = readOne(receiptIn, sent, field, read.problems);
    if (receipt === null) continue;
    if (maySpeakFor(from.identity, receipt)) read.receipts.push(receiptOf(receipt, from.addresses));
    else read.problems.push({ field: `${field}.monitor`, message: notAllowed(from.identity, receipt) });
  }
  return read;
}

/** The valid rest was taken, so none of it is to be told again. */
function partlyTaken(taken: number, problems: readonly FieldProblem[]): RollcallError {
  const named = problems.slice(0, PROBLEMS_NAMED).map(({ field, message }) => `${field}: ${message}`);
  const more = problems.length > named.length ? `; and ${problems.length - named.length} more` : "";
  const message = `${taken} receipts were taken; not these: ${named.join("; ")}${more}`;
  return new RollcallError("invalid_request", message, { problems });
}

function foreignRoute(route: string): FieldProblem {
  return { field: "receipts", message: `${shown(route)} is a route of a monitor that this key is not for` };
}

function readOne<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  field: string,
  problems: FieldProblem[],
): z.output<Schema> | null {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const found = fieldProblems(parsed.error.issues, { input, root: "", schema });
  problems.push(
    ...found
      .slice(0, PROBLEMS_EACH)
      .map((one) => ({ ...one, field: one.field === "" ? field : `${field}.${one.field}` })),
  );
  return null;
}

interface Spoken {
  monitor?: string | null | undefined;
  probe?: boolean | undefined;
}

/** A key that is limited to some monitors tells of their routes and of the probe, which is of no monitor. */
function maySpeakFor({ monitors }: Identity, { monitor, probe }: Spoken): boolean {
  return monitors === null || (monitor == null ? probe === true : monitors.includes(monitor));
}

function notAllowed({ monitors }: Identity, { monitor }: Spoken): string {
  const named = monitor == null ? "none is named" : `${shown(monitor)} is not among them`;
  return `this key speaks for ${(monitors ?? []).join(", ") || "no monitor"} only, and ${named}`;
}

function signOf(sign: z.output<typeof signIn>, identity: Identity): GuardSign {
  return {
    instance: sign.instance,
    sinceAt: epoch(sign.since),
    at: epoch(sign.at),
    routes: sign.routes
      .filter((each) => maySpeakFor(identity, each))
      .map((each) => ({
        route: each.route,
        monitor: each.monitor ?? null,
        isProbe: each.probe ?? false,
        configHash: each.config_hash,
      })),
  };
}

function receiptOf(sent: z.output<typeof receiptIn>, addresses: Addresses): BoundaryReceipt {
  const { ok } = sent;
  return {
    route: sent.route,
    monitor: sent.monitor ?? null,
    isProbe: sent.probe ?? false,
    at: epoch(sent.at),
    isOk: ok,
    reason: ok ? null : (sent.reason ?? null),
    principal: sent.principal ?? null,
    contract: sent.contract ?? null,
    expected: sent.expected ?? "",
    seen: sent.seen ?? "",
    headerNames: (sent.header_names ?? []).slice(0, HEADERS),
    addressPrefix: prefixOf(sent.address ?? sent.address_prefix ?? "", addresses),
    scheduledForAt: sent.scheduled_for == null ? null : epoch(sent.scheduled_for),
    configHash: sent.config_hash,
  };
}

/** A prefix stays as it is; of a whole address it is made. */
function prefixOf(address: string, addresses: Addresses): string {
  const isPrefix = /^[\d.]{7,15}\/24$|^[\da-f:]{2,39}\/64$/i.test(address);
  return isPrefix ? address : addresses.prefixOf(address);
}

function epoch(sent: string): number {
  return parseInstant(sent) ?? 0;
}

function shownRoute({ route, isListening, warnings }: GuardedRouteView): z.input<typeof guardedRouteOut> {
  const last = route.calls.at(-1);
  return {
    route: route.route,
    monitor: route.monitor,
    probe: route.isProbe,
    config_hash: route.configHash,
    listening: isListening,
    listening_since: instantOrNull(route.listening?.fromAt ?? null),
    listening_until: instantOrNull(route.listening?.toAt ?? null),
    last_call:
      last === undefined
        ? null
        : { at: instant(last.at), ok: last.isOk, reason: last.reason, principal: last.principal },
    calls: route.count,
    first_at: instant(route.firstAt),
    last_at: instant(route.lastAt),
    warnings: [...warnings],
  };
}
