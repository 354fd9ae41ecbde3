/** HMAC-SHA256 over a text made of the request, in the many spellings that platforms have for it. */
import { durationInWords } from "../../domain/duration.ts";
import { LIMITS } from "../../domain/limits.ts";
import type { HmacContract } from "../../domain/trust/contract.ts";
import type { BoundaryRequest } from "../../domain/trust/decision.ts";
import {
  fingerprint,
  fromBase64,
  fromHex,
  hmacSha256,
  isSameBytes,
  joined,
  textOf,
  toHex,
  utf8,
} from "../bytes.ts";
import type { Bytes } from "../bytes.ts";
import { canonicalJson } from "../canonical-json.ts";
import { ABSENT, headerOf, met, refused } from "./scheme.ts";
import type { Call, Finding } from "./scheme.ts";

const HOUR_MS = 3_600_000;
/** From the first zone to the last one, UTC+14 to UTC-12. */
const HOURS_OF_ZONES = 26;
const LONGEST_SHOWN_MS = 10_000 * 24 * HOUR_MS;

export async function findHmac(
  contract: HmacContract,
  secrets: readonly string[],
  { request, nowAt }: Call,
): Promise<Finding> {
  const header = headerOf(request, contract.signatureHeader);
  if (header === null) return ABSENT;
  const signed = readSigned(contract, request, header);
  if (typeof signed === "string") return refused("malformed", signed);
  const message = messageOf(contract, request, signed);
  if (typeof message === "string") return refused("body_mismatch", message);
  const signature = await matching(signed.signatures, keysOf(contract, secrets), message);
  if (signature === null) {
    return refused(
      "bad_signature",
      `a signature in ${contract.signatureHeader} that the secret does not make of it`,
    );
  }
  // Only now the time: what an unsigned time stamp says is anybody's word.
  const late = offTime(contract, signed.at, nowAt);
  if (late !== null) return late;
  return met(
    `the signature in ${contract.signatureHeader}`,
    await onceOf(contract, signed, { signature, nowAt }),
  );
}

/** Secrets as keys; one that cannot be read is none. */
export function keysOf(contract: HmacContract, secrets: readonly string[]): Bytes[] {
  return secrets.flatMap((secret) => {
    const { strip, encoding } = contract.secret;
    const text = strip === null ? secret : secret.replace(new RegExp(`^(?:${strip})`), "");
    if (text.trim() === "") return [];
    const key = encoding === "base64" ? fromBase64(text.trim()) : utf8(text);
    return key === null || key.length === 0 ? [] : [key];
  });
}

/** What is signed, for whoever signs it: null when it needs a body as JSON and the body is none. */
export function signedText(
  contract: HmacContract,
  request: Pick<BoundaryRequest, "method" | "url">,
  { body, id, timestamp }: { body: Uint8Array; id: string; timestamp: string },
): Bytes | null {
  const bodyBytes = contract.body === "raw" ? body : canonicalBody(body);
  if (bodyBytes === null) return null;
  const parts = contract.template.split(/(\{(?:timestamp|id|body|method|url)\})/).map((part) => {
    switch (part) {
      case "{timestamp}":
        return utf8(timestamp);
      case "{id}":
        return utf8(id);
      case "{body}":
        return bodyBytes;
      case "{method}":
        return utf8(request.method.toUpperCase());
      case "{url}":
        return utf8(request.url);
      default:
        return utf8(part);
    }
  });
  return joined(parts);
}

interface Signed {
  signatures: readonly Bytes[];
  timestamp: string;
  /** Null where the contract has no time stamp. */
  at: number | null;
  id: string;
}

/** A text: what is wrong with it, in words without anything of it. */
function readSigned(contract: HmacContract, request: BoundaryRequest, header: string): Signed | string {
  const { signatureHeader, fields, idHeader } = contract;
  if (isTwice(contract, header)) return `${signatureHeader} more than once`;
  const named = fields === null ? null : fieldsOf(header, fields.separator);
  const text = named === null ? header : (named.get(fields?.signature ?? "") ?? null);
  if (text === null) return `${signatureHeader} without its field ${fields?.signature ?? ""}`;
  const signatures = signaturesIn(contract, text);
  if (typeof signatures === "string") return signatures;
  const id = idHeader === null ? "" : headerOf(request, idHeader);
  if (id === null || (idHeader !== null && id === "")) return `a signature without ${idHeader}`;
  const { timestamp } = contract;
  if (timestamp === null) return { signatures, timestamp: "", at: null, id };
  const stamp =
    timestamp.from === "field" ? (named?.get(timestamp.name) ?? null) : headerOf(request, timestamp.name);
  if (stamp === null) return `a signature without the time stamp ${timestamp.name}`;
  if (!/^\d{1,15}$/.test(stamp)) return `a time stamp in ${timestamp.name} that is no whole number`;
  const at = Number(stamp) * (timestamp.unit === "s" ? 1_000 : 1);
  return { signatures, timestamp: stamp, at, id };
}

/** Two headers arrive as one, joined by a comma; of two signatures nobody can say which was meant. */
function isTwice({ fields, listSeparator }: HmacContract, header: string): boolean {
  const separators = [fields?.separator, listSeparator];
  return header.includes(", ") && !separators.some((separator) => separator?.includes(","));
}

function fieldsOf(header: string, separator: string): Map<string, string> {
  const fields = header.split(separator).map((field) => {
    const [name = ""] = field.split("=", 1);
    return [name.trim(), field.slice(name.length + 1).trim()] as const;
  });
  return new Map(fields);
}

/** Those of a list that are of another kind or cannot be read are passed over, as Standard Webhooks asks. */
function signaturesIn(contract: HmacContract, text: string): Bytes[] | string {
  const { listSeparator, prefix, encoding, signatureHeader } = contract;
  const listed = listSeparator === null ? [text] : text.split(listSeparator).slice(0, LIMITS.signaturesRead);
  const ours = listed.filter((each) => each.startsWith(prefix));
  if (ours.length === 0) return `${signatureHeader} with nothing that begins with ${prefix}`;
  const read = ours.flatMap((each) => {
    const signature = decoded(each.slice(prefix.length).trim(), encoding);
    return signature === null || signature.length === 0 ? [] : [signature];
  });
  return read.length === 0 ? `${signatureHeader} with what is no ${encoding}` : read;
}

function decoded(text: string, encoding: HmacContract["encoding"]): Bytes | null {
  return encoding === "hex" ? fromHex(text) : fromBase64(text);
}

function messageOf(contract: HmacContract, request: BoundaryRequest, signed: Signed): Bytes | string {
  if (request.body === null && contract.template.includes("{body}")) {
    return "a body that was cut or broken off, so that nothing signed over it can be proven";
  }
  const body = request.body ?? new Uint8Array();
  const { id, timestamp } = signed;
  return signedText(contract, request, { body, id, timestamp }) ?? "a body that is no JSON";
}

/** An empty body stays empty. */
function canonicalBody(body: Uint8Array): Bytes | null {
  const text = textOf(body);
  if (text === null || text === "") return text === null ? null : utf8("");
  try {
    return utf8(canonicalJson(JSON.parse(text)));
  } catch {
    // No JSON, or nested deeper than anybody writes it: either way nothing that was signed.
    return null;
  }
}

/** Every signature is compared with what every key makes, whichever was met. */
async function matching(
  signatures: readonly Bytes[],
  keys: readonly Bytes[],
  message: Bytes,
): Promise<Bytes | null> {
  let found: Bytes | null = null;
  for (const key of keys) {
    const made = await hmacSha256(key, message);
    for (const signature of signatures) if (isSameBytes(made, signature)) found = made;
  }
  return found;
}

/**
 * What is signed for later than now cannot be shown again, so off by whole hours it is a clock in another zone. What
 * is older may well be shown again, and is too old however it is off.
 */
function offTime({ timestamp }: HmacContract, at: number | null, nowAt: number): Finding | null {
  if (timestamp === null || at === null) return null;
  const aheadMs = at - nowAt;
  if (Math.abs(aheadMs) <= timestamp.toleranceMs) return null;
  const wanted = `a time stamp at most ${durationInWords(timestamp.toleranceMs)} off`;
  const off = durationInWords(Math.min(Math.abs(aheadMs), LONGEST_SHOWN_MS));
  if (aheadMs < 0) return refused("too_old", `a signature made ${off} ago`, wanted);
  const hours = Math.round(aheadMs / HOUR_MS);
  const isZone =
    hours >= 1 && hours <= HOURS_OF_ZONES && Math.abs(aheadMs - hours * HOUR_MS) <= LIMITS.zoneSkewMs;
  return isZone
    ? refused(
        "clock_skew_suspected",
        `a good signature dated ${off} ahead: a clock is off by whole hours`,
        wanted,
      )
    : refused("not_yet_valid", `a good signature dated ${off} ahead`, wanted);
}

/**
 * By signature and id together: a platform's second try has a new time stamp and so a new signature, and two messages
 * that are alike have two ids. Null: neither a time stamp nor an id bounds how often it may be shown.
 */
async function onceOf(
  { timestamp, idHeader }: HmacContract,
  { at, id }: Signed,
  { signature, nowAt }: { signature: Bytes; nowAt: number },
): Promise<{ id: string; untilAt: number } | null> {
  if (timestamp === null && idHeader === null) return null;
  const untilAt =
    timestamp === null || at === null ? nowAt + LIMITS.messageIdsKeptMs : at + timestamp.toleranceMs;
  return { id: await fingerprint(`${toHex(signature)}\n${id}`), untilAt };
}
