/** What makes no sense in a contract though every field has its form: told to whoever saves it, before anybody relies on it. */
import { durationInWords } from "../duration.ts";
import type { FieldProblem } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { isFields } from "./field-forms.ts";
import type { Contract, HmacContract, JwtContract, OidcContract } from "./contract.ts";
import { presetNamed } from "./presets.ts";

export function contractProblems(contract: Contract): FieldProblem[] {
  return [...methodProblems(contract), ...schemeProblems(contract)];
}

function schemeProblems(contract: Contract): FieldProblem[] {
  switch (contract.scheme) {
    case "bearer":
      return [];
    case "header":
      return needed("header", contract.header, "the header that the secret comes in");
    case "basic":
      return userProblems(contract.user);
    case "hmac":
      return hmacProblems(contract);
    case "jwt_hs256":
      return jwtProblems(contract);
    case "oidc":
      return oidcProblems(contract);
  }
}

function problem(field: string, message: string): FieldProblem[] {
  return [{ field, message }];
}

function needed(field: string, text: string, what: string): FieldProblem[] {
  return text.trim() === "" ? problem(field, `is needed: ${what}`) : [];
}

function methodProblems({ methods }: Contract): FieldProblem[] {
  if (methods === null) return [];
  if (methods.length === 0)
    return problem("methods", "is empty, so that no call is let in; null lets any in");
  return methods.flatMap((method, index) =>
    /^[A-Z]{1,10}$/.test(method) ? [] : problem(`methods[${index}]`, "must be a method such as GET or POST"),
  );
}

function userProblems(user: string): FieldProblem[] {
  if (user.includes(":")) return problem("user", 'must not hold ":", which ends a user name');
  return needed("user", user, "the user name that comes with the secret");
}

const PLACES = ["timestamp", "id", "body", "method", "url"];

function hmacProblems(contract: HmacContract): FieldProblem[] {
  const { signatureHeader, listSeparator, fields, secret } = contract;
  return [
    ...needed("signature_header", signatureHeader, "the header that the signature comes in"),
    ...(listSeparator === "" ? problem("list_separator", "is empty; null means one signature") : []),
    ...(fields === null ? [] : needed("fields.signature", fields.signature, "the name of the signature")),
    ...(fields?.separator === ""
      ? problem("fields.separator", "is needed: what stands between two fields")
      : []),
    ...timestampProblems(contract),
    ...templateProblems(contract),
    ...(contract.idHeader === "" ? problem("id_header", "is empty; null means there is none") : []),
    ...(secret.strip === null || isSimplePattern(secret.strip)
      ? []
      : problem(
          "secret_form.strip",
          "must be letters, digits, - and _, with \\w+ or \\d+ at most twice: signkey-\\w+-",
        )),
  ];
}

/** Read anew for every call, so it must take no time whatever it is tried on. */
function isSimplePattern(pattern: string): boolean {
  const classes = pattern.match(/\\[wd]\+/g) ?? [];
  return pattern.length <= 100 && classes.length <= 2 && /^(?:\\[wd]\+|[\w-])+$/.test(pattern);
}

function timestampProblems({ timestamp, fields, template }: HmacContract): FieldProblem[] {
  if (timestamp === null) return [];
  const { from, name, toleranceMs } = timestamp;
  const isTolerable = toleranceMs > 0 && toleranceMs <= LIMITS.longestToleranceMs;
  return [
    ...needed("timestamp.name", name, "the header or field that holds it"),
    ...(from === "header" && !/^[a-z0-9!#$%&'*+.^_`|~-]*$/.test(name)
      ? problem("timestamp.name", "must be the name of a header")
      : []),
    ...(from === "field" && fields === null
      ? problem("timestamp.from", "is field, but the signature header has none: say fields, or header")
      : []),
    ...(isTolerable
      ? []
      : problem(
          "timestamp.tolerance",
          `must be longer than 0 and at most ${durationInWords(LIMITS.longestToleranceMs)}`,
        )),
    ...(template.includes("{timestamp}")
      ? []
      : problem(
          "template",
          "does not sign the time stamp, so that anybody could change it: put {timestamp} in it",
        )),
  ];
}

function templateProblems({ template, timestamp, idHeader }: HmacContract): FieldProblem[] {
  const places = [...template.matchAll(/\{([^{}]*)\}/g)].map(([, place = ""]) => place);
  const unknown = places.filter((place) => !PLACES.includes(place));
  const known = PLACES.map((place) => `{${place}}`).join(", ");
  return [
    ...unknown.flatMap((place) => problem("template", `{${place.slice(0, 40)}} is none of ${known}`)),
    ...(places.length === 0
      ? problem("template", `signs nothing of the request: put some of ${known} in it`)
      : []),
    ...(places.includes("timestamp") && timestamp === null
      ? problem("timestamp", "is needed: the template holds {timestamp}")
      : []),
    ...(places.includes("id") && idHeader === null
      ? problem("id_header", "is needed: the template holds {id}")
      : []),
  ];
}

function jwtProblems({ header, issuer, audience, bodyHashClaim }: JwtContract): FieldProblem[] {
  return [
    ...needed("header", header, "the header that the token comes in"),
    ...needed("issuer", issuer, "who makes the tokens, as they say in iss"),
    ...(audience === "" ? problem("audience", "is empty; null means that any will do") : []),
    ...(bodyHashClaim === "" ? problem("body_hash_claim", "is empty; null means that there is none") : []),
  ];
}

const ALGORITHMS = ["RS256", "ES256", "PS256", "EdDSA"];

function oidcProblems(contract: OidcContract): FieldProblem[] {
  const { issuer, issuerAliases, audience, jwksUrl, jwks, maxAgeMs } = contract;
  return [
    ...addressProblems("issuer", issuer, "the issuer of the tokens, as they say in iss"),
    ...issuerAliases.flatMap((alias, index) =>
      needed(`issuer_aliases[${index}]`, alias, "another spelling of the issuer"),
    ),
    ...needed(
      "audience",
      audience,
      "whom the tokens are for: without it those made for others would be let in",
    ),
    ...algorithmProblems(contract.algorithms),
    ...requireProblems(contract),
    ...(jwksUrl === null ? [] : addressProblems("jwks_url", jwksUrl, "the address of the keys")),
    ...(jwks !== null && jwksUrl !== null
      ? problem("jwks", "stands beside jwks_url: give the keys or their address")
      : []),
    ...(jwks === null ? [] : keySetProblems(jwks.keys)),
    ...(maxAgeMs === 0
      ? problem("max_age", "must be longer than 0; null means as long as the token says")
      : []),
    ...runProblems(contract.run),
  ];
}

/** Keys that come over an open line could be anybody's; this machine's own addresses are no open line. */
function addressProblems(field: string, address: string, what: string): FieldProblem[] {
  if (address === "") return needed(field, address, what);
  const isSafe = /^https:\/\/[\w.-]+(?::\d+)?(?:\/[^\s?#]*)?$/.test(address);
  const isOwn = /^http:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?(?:\/[^\s?#]*)?$/.test(address);
  return isSafe || isOwn ? [] : problem(field, "must be an https address without ? and #");
}

function algorithmProblems(algorithms: readonly string[]): FieldProblem[] {
  if (algorithms.length === 0)
    return problem("algorithms", `is empty; give some of ${ALGORITHMS.join(", ")}`);
  return algorithms.flatMap((algorithm, index) => {
    if (ALGORITHMS.includes(algorithm)) return [];
    const isAnybodys = /^(none|HS\d+)$/i.test(algorithm);
    const why = isAnybodys ? ": anybody can make such a token from what is public" : "";
    const shown = algorithm.slice(0, 20);
    return problem(`algorithms[${index}]`, `${shown} is none of ${ALGORITHMS.join(", ")}${why}`);
  });
}

function requireProblems({ require, preset }: OidcContract): FieldProblem[] {
  const claims = Object.entries(require);
  const pins = preset === null ? [] : (presetNamed(preset)?.pins ?? []);
  const isPinned = pins.length === 0 || pins.some((pin) => pin.every((name) => Object.hasOwn(require, name)));
  const ways = pins.map((pin) => pin.join(" and ")).join(", or ");
  return [
    ...(claims.length === 0
      ? problem(
          "require",
          "is needed: a claim that only your jobs have, or every token of the issuer is let in",
        )
      : isPinned
        ? []
        : problem(
            "require",
            `must say whose job it is, or every customer of the platform is let in: ${ways}`,
          )),
    ...claims.flatMap(([name, values]) =>
      name.trim() === "" || values.length === 0 || values.includes("")
        ? problem(`require.${name}`, "must have a name and at least one value, none of them empty")
        : [],
    ),
  ];
}

function keySetProblems(keys: readonly Readonly<Record<string, unknown>>[]): FieldProblem[] {
  if (keys.length === 0) return problem("jwks.keys", "is empty, so that no token could be proven");
  if (keys.length > LIMITS.jwksKeys) {
    return problem("jwks.keys", `has ${keys.length} keys; ${LIMITS.jwksKeys} are allowed`);
  }
  return keys.flatMap((key, index) => {
    const field = `jwks.keys[${index}]`;
    // What signs must stay with who signs: here it would be shown to everybody who may read.
    if ("d" in key || "k" in key) return problem(field, "is a secret key; give the public one");
    const isPublic = isFields(key) && ["RSA", "EC", "OKP"].includes(String(key["kty"]));
    return isPublic ? [] : problem(`${field}.kty`, "must be RSA, EC or OKP");
  });
}

function runProblems(run: OidcContract["run"]): FieldProblem[] {
  if (run === null) return [];
  return [
    ...run.id.flatMap((claim, index) => needed(`run.id[${index}]`, claim, "a claim that names the run")),
    ...(run.event === null
      ? []
      : needed("run.event.claim", run.event.claim, "the claim that says what began it")),
  ];
}
