/** One check-in of a wrapped job with all that is needed to deliver it later, by anyone, once and as it was. */
import { createHash } from "node:crypto";

export interface SpooledCheckIn {
  /** Of this form; a file of another one is set aside. */
  version: 1;
  url: string;
  /** A ping key can check in and nothing else, which is why it may lie in a file only its owner reads. */
  key: string;
  monitor: string;
  /** A number is the exit status of the command. */
  kind: "start" | number;
  runId: string;
  isManual: boolean;
  scheduledForAt: number | null;
  /** When it happened. */
  sentAt: number;
  durationMs: number | null;
  /** The same on every try, so that a delivery whose answer was lost is not counted twice. */
  idempotencyKey: string;
  /** The end of the output; or fields of the outcome, with that end among them. */
  body: string | Readonly<Record<string, unknown>>;
}

/** The same for check-ins of one run, which must be delivered in order; tells nothing about it. */
export function runMark({ url, monitor, runId }: Pick<SpooledCheckIn, "url" | "monitor" | "runId">): string {
  return createHash("sha256")
    .update(JSON.stringify([url, monitor, runId]))
    .digest("hex")
    .slice(0, 16);
}

const FORM: Readonly<Record<keyof SpooledCheckIn, (value: unknown) => boolean>> = {
  version: (value) => value === 1,
  url: isText,
  key: isText,
  monitor: isText,
  kind: (value) => value === "start" || isNumber(value),
  runId: isText,
  isManual: (value) => typeof value === "boolean",
  scheduledForAt: (value) => value === null || isInstant(value),
  sentAt: isInstant,
  durationMs: (value) => value === null || isNumber(value),
  idempotencyKey: isText,
  body: (value) => isText(value) || isObject(value),
};

/** Null when the text is no check-in in our form: cut off, written over, or from another version. */
export function readSpooled(text: string): SpooledCheckIn | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // A damaged file, which the caller sets aside.
    return null;
  }
  if (!isObject(value)) return null;
  for (const [name, isRight] of Object.entries(FORM)) {
    if (!isRight(value[name])) return null;
  }
  return value as unknown as SpooledCheckIn;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isNumber(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value);
}

function isInstant(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(new Date(value).getTime());
}
