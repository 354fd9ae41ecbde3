/** `/v1/contracts`: what platforms and jobs must show, as data. Secrets are written and never read back. */
import { z } from "@hono/zod-openapi";
import { invalid } from "../domain/errors.ts";
import { shownContract } from "../domain/trust/read-contract.ts";
import type { ContractSaid, ContractView } from "../engine/contracts.ts";
import { call, type Call } from "./call.ts";
import {
  durationIn,
  instant,
  instantOrNull,
  instantOut,
  listOf,
  pageOf,
  pageOfWhole,
  pageQuery,
  shownPage,
} from "./schemas.ts";

/** What was sent in place of a text may be the secret all the same, so what is wrong with it is told without it. */
function unshown<Value>(isFit: (value: unknown) => value is Value, message: string) {
  return z.unknown().transform((value, context) => {
    if (isFit(value)) return value;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}

const isText = (value: unknown): value is string => typeof value === "string";
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
const secretIn = unshown(isText, "must be a text").openapi({ type: "string" });
const secretsIn = unshown(isTexts, "must be a list of texts").openapi({
  type: "array",
  items: { type: "string" },
});

/** The scheme's own fields are read where schemes are known; here only what they have in common. */
export const contractIn = z
  .looseObject({
    preset: z
      .string()
      .nullish()
      .describe("A platform whose proof is known: github_actions, vercel, qstash …"),
    scheme: z
      .string()
      .optional()
      .describe("In place of a preset: bearer, header, basic, hmac, jwt_hs256 or oidc, with its fields."),
    secret: secretIn
      .nullish()
      .describe(
        "The shared secret. Left out: as it was. A new one: the former stays good for rotate_overlap.",
      ),
    secrets: secretsIn.nullish().describe("Exactly these, at most two, the current one first."),
    rotate_overlap: durationIn
      .nullish()
      .describe("How long the former secret stays good; a day, if not said; 0: it ends at once."),
  })
  .openapi("ContractInput");

const contractOut = z
  .looseObject({
    name: z.string(),
    scheme: z.string(),
    secrets: z.array(
      z.object({
        id: z.string(),
        added_at: instantOut,
        ends_at: instantOut.nullable(),
        characters: z.int().openapi({ description: "How long it is: a secret that got lost has 0." }),
      }),
    ),
    created_at: instantOut,
    changed_at: instantOut.openapi({ description: "When scheme or secrets last changed." }),
  })
  .openapi("Contract");

function shown(view: ContractView): z.input<typeof contractOut> {
  return {
    ...shownContract(view.contract),
    name: view.name,
    scheme: view.contract.scheme,
    secrets: view.secrets.map(({ id, addedAt, endsAt, characters }) => ({
      id,
      added_at: instant(addedAt),
      ends_at: instantOrNull(endsAt),
      characters,
    })),
    created_at: instant(view.createdAt),
    changed_at: instant(view.changedAt),
  };
}

export const contractCalls: readonly Call[] = [
  call({
    method: "get",
    path: "/v1/contracts",
    access: "read",
    about: "All contracts, by name.",
    query: pageQuery,
    answer: listOf(contractOut),
    handle: async ({ parts, project, query }) =>
      shownPage(pageOfWhole(await parts.engine.listContracts({ project }), pageOf(query)), shown),
  }),

  call({
    method: "get",
    path: "/v1/contracts/{name}",
    access: "read",
    about: "One contract, without its secrets.",
    answer: contractOut,
    handle: async ({ parts, project, path }) =>
      shown(await parts.engine.getContract({ project, name: path("name") })),
  }),

  call({
    method: "put",
    path: "/v1/contracts/{name}",
    access: "admin",
    about:
      "Creates or replaces. A secret left out stays as it was; a new one leaves the former good for a while.",
    body: contractIn,
    answer: contractOut,
    async handle({ parts, project, path, body, created }) {
      const saved = await parts.engine.saveContract({ project, name: path("name"), ...contractSaidOf(body) });
      if (saved.isCreated) created();
      return shown(saved.contract);
    },
  }),

  call({
    method: "delete",
    path: "/v1/contracts/{name}",
    access: "admin",
    about: "Deletes it, unless a monitor or the project accepts it.",
    answer: null,
    async handle({ parts, project, path }) {
      await parts.engine.deleteContract({ project, name: path("name") });
    },
  }),
];

export function contractSaidOf(body: z.output<typeof contractIn>): ContractSaid {
  const { secret = null, secrets = null, rotate_overlap: overlapMs = null, ...scheme } = body;
  if (secret !== null && secrets !== null) {
    throw invalid([{ field: "secrets", message: "and secret exclude each other: give one of them" }]);
  }
  if (secret !== null) return { scheme, secrets: { replace: secret, overlapMs } };
  if (overlapMs !== null) {
    throw invalid([{ field: "rotate_overlap", message: "is about a new secret: give that too" }]);
  }
  return { scheme, secrets: secrets === null ? null : { exactly: secrets } };
}
