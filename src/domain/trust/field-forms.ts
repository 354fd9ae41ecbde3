/**
 * How single values of a contract are written outside and kept inside: each form reads what came, says what is wrong
 * with it, and writes it back as it may be read again.
 */
import { parseDuration } from "../duration.ts";
import type { FieldProblem } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { nearestWord } from "../nearest-word.ts";

export interface Reading {
  /** Where: `timestamp.unit`. */
  place: string;
  problems: FieldProblem[];
}

export interface Form {
  /** `base`: what stands where it is given in part (objects), else unused. Undefined after a problem was noted. */
  read(value: unknown, reading: Reading, base: unknown): unknown;
  show(value: unknown): unknown;
}

type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong({ place, problems }: Reading, message: string): undefined {
  problems.push({ field: place, message });
}

const asItIs = (value: unknown): unknown => value;

export const TEXT: Form = {
  read(value, reading) {
    if (typeof value !== "string") return wrong(reading, "must be text");
    const most = LIMITS.contractTextCharacters;
    return value.length <= most ? value : wrong(reading, `must have at most ${most} characters`);
  },
  show: asItIs,
};

/** Kept in lower case: names of headers know no other. */
export const HEADER: Form = {
  read(value, reading) {
    const text = TEXT.read(value, reading, null);
    if (typeof text !== "string") return undefined;
    if (/^[\w!#$%&'*+.^`|~-]{0,100}$/.test(text)) return text.toLowerCase();
    return wrong(reading, "must be the name of a header: letters, digits and -, at most 100 of them");
  },
  show: asItIs,
};

export const FLAG: Form = {
  read: (value, reading) => (typeof value === "boolean" ? value : wrong(reading, "must be true or false")),
  show: asItIs,
};

/** Inside in ms; shown in seconds. */
export const DURATION: Form = {
  read(value, reading) {
    const durationMs = typeof value === "string" || typeof value === "number" ? parseDuration(value) : null;
    return durationMs ?? wrong(reading, 'must be a duration: "90s", "5m" or a number of seconds');
  },
  show: (value) => Number(value) / 1_000,
};

export function oneOf(words: readonly string[]): Form {
  return {
    read(value, reading) {
      const known = words.find((word) => word === value);
      return known ?? wrong(reading, `must be one of ${words.join(", ")}`);
    },
    show: asItIs,
  };
}

export function orNull(form: Form): Form {
  return {
    read: (value, reading, base) => (value === null ? null : form.read(value, reading, base)),
    show: (value) => (value === null ? null : form.show(value)),
  };
}

export function listOf(form: Form): Form {
  return {
    read(value, reading) {
      if (!Array.isArray(value)) return wrong(reading, "must be a list");
      if (value.length > LIMITS.listedTexts) {
        return wrong(reading, `has ${value.length} entries; ${LIMITS.listedTexts} are allowed`);
      }
      return value.map((each, index) =>
        form.read(each, { ...reading, place: `${reading.place}[${index}]` }, null),
      );
    },
    show: asItIs,
  };
}

/** Claims, each with the values that are good; one alone may be written without a list. Given ones join the preset's. */
export const CLAIMS: Form = {
  read(value, reading, base) {
    if (!isFields(value)) return wrong(reading, "must be an object of claims, each with its value or values");
    const names = Object.keys(value);
    if (names.length > LIMITS.listedTexts) {
      return wrong(reading, `has ${names.length} claims; ${LIMITS.listedTexts} are allowed`);
    }
    const read = names.map((name) => {
      const values: unknown = value[name];
      const listed = Array.isArray(values) ? values : [values];
      // A claim of `true` or of a number is compared as it is written.
      const texts = listed.map((each: unknown) =>
        typeof each === "number" || typeof each === "boolean" ? String(each) : each,
      );
      return [
        name,
        listOf(TEXT).read(texts, { ...reading, place: `${reading.place}.${name}` }, null),
      ] as const;
    });
    return Object.fromEntries([...(isFields(base) ? Object.entries(base) : []), ...read]);
  },
  show: asItIs,
};

export const KEY_SET: Form = {
  read(value, reading) {
    if (!isFields(value) || !Array.isArray(value["keys"]) || !value["keys"].every(isFields)) {
      return wrong(reading, 'must be a JWK set: {"keys": [{"kty": …}]}');
    }
    if (JSON.stringify(value).length > LIMITS.keySetCharacters) {
      return wrong(reading, `must have at most ${LIMITS.keySetCharacters} characters`);
    }
    return { keys: value["keys"] };
  },
  show: asItIs,
};

/** A name inside, how it is written outside, and its form. */
export type Field = readonly [name: string, written: string, form: Form];

/** `otherwise`: what stands where nothing was given and there is no base. */
export function objectOf(fields: readonly Field[], otherwise: Fields): Form {
  return {
    read(value, reading, base) {
      if (!isFields(value)) return wrong(reading, "must be an object");
      return readFields(value, { reading, fields, base: isFields(base) ? base : otherwise });
    },
    show: (value) => (isFields(value) ? shownFields(value, fields) : value),
  };
}

/** Fields that are not given stay as the base has them. */
export function readFields(
  given: Fields,
  { reading, fields, base }: { reading: Reading; fields: readonly Field[]; base: Fields },
): Fields {
  const at = (written: string): Reading => ({
    ...reading,
    place: reading.place === "" ? written : `${reading.place}.${written}`,
  });
  const known = fields.map(([, written]) => written);
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const meant = nearestWord(name, known);
    const advice = meant === null ? `known are ${known.join(", ")}` : `did you mean ${meant}?`;
    wrong(at(name.slice(0, LIMITS.slugCharacters)), `is not a known field: ${advice}`);
  }
  const read = fields.map(([name, written, form]) => {
    const value = Object.hasOwn(given, written) ? given[written] : undefined;
    return [name, value === undefined ? base[name] : form.read(value, at(written), base[name])] as const;
  });
  return Object.fromEntries(read);
}

export function shownFields(value: Fields, fields: readonly Field[]): Fields {
  return Object.fromEntries(fields.map(([name, written, form]) => [written, form.show(value[name])]));
}
