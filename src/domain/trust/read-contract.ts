/** Reads a contract as the API and configuration files write it; says of every field what is wrong. */
import type { FieldProblem } from "../errors.ts";
import { nearestWord } from "../nearest-word.ts";
import { BLANK_CONTRACTS, FIELDS } from "./contract-form.ts";
import { contractProblems } from "./contract-problems.ts";
import { SCHEMES } from "./contract.ts";
import type { Contract } from "./contract.ts";
import { readFields, shownFields } from "./field-forms.ts";
import { PRESETS, presetNamed } from "./presets.ts";

type Input = Readonly<Record<string, unknown>>;

/** `input`: snake_case fields, durations as elsewhere; `preset` fills in what it fixes. Secrets are not in it. */
export function readContract(input: Input): {
  contract: Contract | null;
  problems: readonly FieldProblem[];
} {
  const base = baseOf(input);
  if ("problem" in base) return { contract: null, problems: [base.problem] };
  const problems: FieldProblem[] = [];
  const given = { ...input, ...followingIssuer(input, base), ...upperMethods(input) };
  const read = readFields(given, {
    reading: { place: "", problems },
    fields: FIELDS[base.scheme],
    base: { ...base },
  });
  if (problems.length > 0) return { contract: null, problems };
  // Every field has been read by the form of its scheme.
  const contract = withSmallHeader(read as unknown as Contract);
  const senseless = contractProblems(contract);
  return { contract: senseless.length === 0 ? contract : null, problems: senseless };
}

/** The same as it was written, for showing: reading it again gives the same contract. */
export function shownContract(contract: Contract): Input {
  return shownFields({ ...contract }, FIELDS[contract.scheme]);
}

/** What is filled in by the preset, or by the scheme where it is written by hand. */
function baseOf({ preset: named, scheme }: Input): Contract | { problem: FieldProblem } {
  if (named == null) {
    const known = SCHEMES.find((each) => each === scheme);
    if (known !== undefined) return BLANK_CONTRACTS[known];
    const message = `${scheme === undefined ? "is needed, or a preset" : "is not known"}: one of ${SCHEMES.join(", ")}`;
    return { problem: { field: "scheme", message } };
  }
  const preset = typeof named === "string" ? presetNamed(named) : null;
  if (preset === null) {
    const names = PRESETS.map(({ name }) => name);
    const meant = typeof named === "string" ? nearestWord(named.slice(0, 40), names) : null;
    const advice = meant === null ? `one of ${names.join(", ")}` : `did you mean ${meant}?`;
    return { problem: { field: "preset", message: `is not known: ${advice}` } };
  }
  const { contract } = preset;
  if (scheme === undefined || scheme === contract.scheme) return contract;
  const message = `must be ${contract.scheme}, as ${preset.name} has it; leave it out`;
  return { problem: { field: "scheme", message } };
}

/** Keys and other names belong to the issuer they were filled in with; pasted keys take the place of an address. */
function followingIssuer(
  { issuer, jwks, jwks_url: jwksUrl, issuer_aliases: aliases }: Input,
  base: Contract,
): Input {
  if (base.scheme !== "oidc") return {};
  const isOther = issuer !== undefined && issuer !== base.issuer;
  return {
    ...((isOther || jwks != null) && jwksUrl === undefined ? { jwks_url: null } : {}),
    ...(isOther && aliases === undefined ? { issuer_aliases: [] } : {}),
  };
}

/** Names of headers are kept in lower case; the name of a field in one is as it is written. */
function withSmallHeader(contract: Contract): Contract {
  if (contract.scheme !== "hmac" || contract.timestamp?.from !== "header") return contract;
  return { ...contract, timestamp: { ...contract.timestamp, name: contract.timestamp.name.toLowerCase() } };
}

function upperMethods({ methods }: Input): Input {
  if (!Array.isArray(methods)) return {};
  return {
    methods: methods.map((each: unknown) => (typeof each === "string" ? each.toUpperCase() : each)),
  };
}
