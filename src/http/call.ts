/**
 * One call of the management API: its path, who may make it, what goes in and out, and the verb behind it. From
 * the same definition come the route, its validation and its part of the OpenAPI document.
 */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { RollcallError, invalid } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import type { Identity } from "../ports/trust.ts";
import { fieldProblems } from "./field-problems.ts";
import type { HttpParts } from "./parts.ts";
import { readBody, wireOf } from "./read-body.ts";
import { identifyCaller, requireInstanceKey, type Access } from "./session.ts";

interface Asked<Query, Body> {
  parts: HttpParts;
  /** Path parameters, decoded. */
  path: (name: string) => string;
  query: Query;
  body: Body;
  /** The answer's status is 201: something was made. */
  created: () => void;
}

export interface Handled<Query, Body> extends Asked<Query, Body> {
  /** The key's project is the caller's whole world. */
  project: string;
  identity: Identity;
  /** For timelines: who did it. */
  by: string;
}

interface Shape<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType> {
  method: "get" | "put" | "patch" | "post" | "delete";
  /** `/v1/monitors/{slug}` */
  path: string;
  about: string;
  query?: Query;
  body?: Body;
  /** Fields that a later version will take, as paths from the body's root; until then they are refused by name. */
  later?: readonly string[];
  /** Null: the answer is 204 and empty. */
  answer: Answer | null;
}

interface Definition<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType> extends Shape<
  Query,
  Body,
  Answer
> {
  access: Access;
  handle: (handled: Handled<z.output<Query>, z.output<Body>>) => Promise<z.input<Answer>>;
}

interface InstanceDefinition<
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> extends Shape<Query, Body, Answer> {
  handle: (asked: Asked<z.output<Query>, z.output<Body>>) => Promise<z.input<Answer>>;
}

/** A definition whose types have done their work. */
export interface Call {
  mount: (app: OpenAPIHono, parts: HttpParts) => void;
}

/** One within the project of the caller's key. */
export function call<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType>(
  definition: Definition<Query, Body, Answer>,
): Call {
  return {
    mount(app, parts) {
      register(app, definition, { key: [definition.access] });
      app.on(definition.method.toUpperCase(), routeOf(definition), async (context) => {
        const identity = await identifyCaller(parts, context, definition.access);
        const { project, keyId } = identity;
        return answerCall(definition, { parts, context }, (asked) =>
          definition.handle({ ...asked, project, identity, by: `key ${keyId}` }),
        );
      });
    },
  };
}

/** One about the whole instance, which is for the instance key alone. */
export function instanceCall<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType>(
  definition: InstanceDefinition<Query, Body, Answer>,
): Call {
  return {
    mount(app, parts) {
      register(app, definition, { instance_key: [] });
      app.on(definition.method.toUpperCase(), routeOf(definition), async (context) => {
        await requireInstanceKey(parts, context);
        return answerCall(definition, { parts, context }, definition.handle);
      });
    },
  };
}

function routeOf({ path }: { path: string }): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

async function answerCall<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType>(
  shape: Shape<Query, Body, Answer>,
  { parts, context }: { parts: HttpParts; context: Context },
  handle: (asked: Asked<z.output<Query>, z.output<Body>>) => Promise<z.input<Answer>>,
): Promise<Response> {
  const query =
    shape.query === undefined ? {} : readAs(shape.query, context.req.query(), { root: "query", later: [] });
  const body =
    shape.body === undefined
      ? {}
      : readAs(shape.body, await sentBody(parts, context), { root: "body", later: shape.later ?? [] });
  let status: 200 | 201 = 200;
  const answer = await handle({
    parts,
    path: (name) => context.req.param(name) ?? "",
    query: query as z.output<Query>,
    body: body as z.output<Body>,
    created: () => {
      status = 201;
    },
  });
  context.header("cache-control", "no-store");
  return shape.answer === null ? context.body(null, 204) : context.json(answer, status);
}

/**
 * The input as its schema hands it on; throws naming every field at fault. `root`: how the whole is called where no
 * field is; `later`: fields of later versions, `*` standing for any name.
 */
export function readAs<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  { root, later }: { root: string; later: readonly string[] },
): z.output<Schema> {
  refuseLater(input, later);
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw invalid(fieldProblems(parsed.error.issues, { input, root, schema }));
  return parsed.data;
}

/** The body as JSON whatever type it is declared: `curl -d` says it is a form. None at all is an empty object. */
async function sentBody(parts: HttpParts, context: Context): Promise<unknown> {
  const wire = wireOf(parts, context);
  const body = await readBody(wire.body, { after: parts.after, keptBytes: LIMITS.bodyReadBytes });
  if (!body.isWhole) {
    throw new RollcallError(
      "too_large",
      `The body is larger than ${LIMITS.bodyReadBytes} bytes, or came too slowly.`,
    );
  }
  if (!body.isUtf8) throw invalid([{ field: "body", message: "is not valid UTF-8" }]);
  if (body.text.trim() === "") return {};
  try {
    return JSON.parse(body.text);
  } catch (error) {
    throw invalid([
      { field: "body", message: `is not JSON: ${error instanceof Error ? error.message : ""}`.slice(0, 300) },
    ]);
  }
}

function refuseLater(value: unknown, later: readonly string[]): void {
  const found = later.flatMap((path) => fieldsAt(value, path.split(".")));
  if (found.length === 0) return;
  const problems = found.map((field) => ({ field, message: "is not supported yet: leave it out" }));
  throw new RollcallError("not_yet_supported", `Not supported yet: ${found.join(", ")}.`, { problems });
}

/** The fields of this path that are given, `*` filled in. */
function fieldsAt(value: unknown, [name, ...rest]: readonly string[]): string[] {
  if (name === undefined) return value === undefined || value === null ? [] : [""];
  if (!isObject(value)) return [];
  return (name === "*" ? Object.keys(value) : [name]).flatMap((key) =>
    fieldsAt(value[key], rest).map((field) => (field === "" ? key : `${key}.${field}`)),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    problems: z.array(z.object({ field: z.string(), message: z.string() })),
  })
  .openapi("Problem");

function register(
  app: OpenAPIHono,
  shape: Shape<z.ZodType, z.ZodType, z.ZodType>,
  security: Record<string, string[]>,
): void {
  app.openAPIRegistry.registerPath({ ...described(shape), security: [security] });
}

function described(shape: Shape<z.ZodType, z.ZodType, z.ZodType>) {
  const names = [...shape.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
  const params = z.object(Object.fromEntries(names.map((name) => [name, z.string()])));
  const { answer, body, query } = shape;
  const json = <Schema>(schema: Schema) => ({ content: { "application/json": { schema } } });
  return {
    method: shape.method,
    path: shape.path,
    summary: shape.about,
    tags: [shape.path.split("/")[2] ?? ""],
    request: {
      ...(names.length > 0 ? { params } : {}),
      ...(query === undefined ? {} : { query: query as z.ZodObject }),
      ...(body === undefined ? {} : { body: json(body) }),
    },
    responses: {
      ...(answer === null
        ? { 204: { description: "Done." } }
        : { 200: { description: "Done.", ...json(answer) } }),
      ...(answer !== null && (shape.method === "put" || shape.method === "post")
        ? { 201: { description: "Made.", ...json(answer) } }
        : {}),
      default: {
        description: "Refused: the code and the fields at fault say why.",
        content: { "application/problem+json": { schema: problem } },
      },
    },
  };
}
