/** The fields of each scheme as the API writes them, and what stands where nothing is said. */
import { PRINCIPALS } from "./contract.ts";
import type { Contract, Scheme } from "./contract.ts";
import {
  CLAIMS,
  DURATION,
  FLAG,
  HEADER,
  KEY_SET,
  TEXT,
  listOf,
  objectOf,
  oneOf,
  orNull,
  type Field,
} from "./field-forms.ts";

const COMMON: readonly Field[] = [
  ["preset", "preset", orNull(TEXT)],
  ["scheme", "scheme", TEXT],
  ["principal", "principal", oneOf(PRINCIPALS)],
  ["methods", "methods", orNull(listOf(TEXT))],
];

const FIELD_LIST = objectOf(
  [
    ["separator", "separator", TEXT],
    ["signature", "signature", TEXT],
  ],
  { separator: "", signature: "" },
);

const TIMESTAMP = objectOf(
  [
    ["from", "from", oneOf(["header", "field"])],
    ["name", "name", TEXT],
    ["unit", "unit", oneOf(["s", "ms"])],
    ["toleranceMs", "tolerance", DURATION],
  ],
  { from: "header", name: "", unit: "s", toleranceMs: 300_000 },
);

const SECRET_FORM = objectOf(
  [
    ["encoding", "encoding", oneOf(["utf8", "base64"])],
    ["strip", "strip", orNull(TEXT)],
  ],
  { encoding: "utf8", strip: null },
);

const EVENT = objectOf(
  [
    ["claim", "claim", TEXT],
    ["scheduled", "scheduled", listOf(TEXT)],
    ["refused", "refused", listOf(TEXT)],
  ],
  { claim: "", scheduled: [], refused: [] },
);

const RUN = objectOf(
  [
    ["id", "id", listOf(TEXT)],
    ["event", "event", orNull(EVENT)],
  ],
  { id: [], event: null },
);

export const FIELDS: Readonly<Record<Scheme, readonly Field[]>> = {
  bearer: COMMON,
  header: [...COMMON, ["header", "header", HEADER]],
  basic: [...COMMON, ["user", "user", TEXT]],
  hmac: [
    ...COMMON,
    ["signatureHeader", "signature_header", HEADER],
    ["encoding", "encoding", oneOf(["hex", "base64"])],
    ["prefix", "prefix", TEXT],
    ["listSeparator", "list_separator", orNull(TEXT)],
    ["fields", "fields", orNull(FIELD_LIST)],
    ["timestamp", "timestamp", orNull(TIMESTAMP)],
    ["template", "template", TEXT],
    ["body", "body", oneOf(["raw", "canonical_json"])],
    ["idHeader", "id_header", orNull(HEADER)],
    ["secret", "secret_form", SECRET_FORM],
  ],
  jwt_hs256: [
    ...COMMON,
    ["header", "header", HEADER],
    ["issuer", "issuer", TEXT],
    ["audience", "audience", orNull(TEXT)],
    ["isSubjectUrl", "subject_is_url", FLAG],
    ["bodyHashClaim", "body_hash_claim", orNull(TEXT)],
  ],
  oidc: [
    ...COMMON,
    ["issuer", "issuer", TEXT],
    ["issuerAliases", "issuer_aliases", listOf(TEXT)],
    ["audience", "audience", TEXT],
    ["algorithms", "algorithms", listOf(TEXT)],
    ["require", "require", CLAIMS],
    ["jwksUrl", "jwks_url", orNull(TEXT)],
    ["jwks", "jwks", orNull(KEY_SET)],
    ["maxAgeMs", "max_age", orNull(DURATION)],
    ["isOnce", "once", FLAG],
    ["run", "run", orNull(RUN)],
  ],
};

const COMMON_BLANK = { preset: null, principal: "scheduler", methods: null } as const;

/** All that a scheme leaves to its contract, by hand or in a preset. What has no sensible answer is empty, and asked for. */
export const BLANK_CONTRACTS: { readonly [S in Scheme]: Extract<Contract, { scheme: S }> } = {
  bearer: { ...COMMON_BLANK, scheme: "bearer" },
  header: { ...COMMON_BLANK, scheme: "header", header: "" },
  basic: { ...COMMON_BLANK, scheme: "basic", user: "" },
  hmac: {
    ...COMMON_BLANK,
    scheme: "hmac",
    signatureHeader: "",
    encoding: "hex",
    prefix: "",
    listSeparator: null,
    fields: null,
    timestamp: null,
    template: "{body}",
    body: "raw",
    idHeader: null,
    secret: { encoding: "utf8", strip: null },
  },
  jwt_hs256: {
    ...COMMON_BLANK,
    scheme: "jwt_hs256",
    header: "authorization",
    issuer: "",
    audience: null,
    isSubjectUrl: false,
    bodyHashClaim: null,
  },
  oidc: {
    ...COMMON_BLANK,
    scheme: "oidc",
    issuer: "",
    issuerAliases: [],
    audience: "",
    algorithms: ["RS256"],
    require: {},
    jwksUrl: null,
    jwks: null,
    maxAgeMs: null,
    isOnce: false,
    run: null,
  },
};
