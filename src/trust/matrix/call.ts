/** One call of a verification and what its answer says: never followed, bounded by the way out, read for reasons. */
import { REJECTION_REASONS, type RejectionReason } from "../../domain/trust/reasons.ts";
import { OutboundError, type Outbound, type OutboundMethod } from "../../ports/outbound.ts";

export type Method = OutboundMethod;

export interface Call {
  method: Method;
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface Answer {
  /** Null: there was none, and `trouble` says why. */
  status: number | null;
  trouble: string | null;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** What the boundary said of itself, where it did. */
  reason: RejectionReason | null;
  expected: string | null;
  seen: string | null;
  principal: string | null;
  configHash: string | null;
  /** It says `ok: false`, whatever its status. */
  isDenied: boolean;
  durationMs: number;
}

/** Throws for an address that is closed; any other trouble is an answer. */
export async function makeCall(
  call: Call,
  { outbound, now }: { outbound: Pick<Outbound, "request">; now: () => number },
): Promise<Answer> {
  const beganAt = now();
  const headers = { "user-agent": "Rollcall-Verification", accept: "application/json", ...call.headers };
  const hasBody = call.body !== "" && call.method !== "GET" && call.method !== "HEAD";
  const type: Record<string, string> = hasBody ? { "content-type": "application/json" } : {};
  try {
    const response = await outbound.request({ ...call, headers: { ...type, ...headers } });
    return { ...response, trouble: null, ...toldIn(response.body), durationMs: now() - beganAt };
  } catch (error) {
    if (!(error instanceof OutboundError) || error.code === "address_refused") throw error;
    return { ...NO_ANSWER, trouble: error.message, durationMs: now() - beganAt };
  }
}

const NO_ANSWER = { status: null, headers: {}, body: "", ...toldIn("") } as const;

/** What a call that was never made is told as. */
export function notMade(why: string): Answer {
  return { ...NO_ANSWER, trouble: why, durationMs: 0 };
}

/** Far more than is kept: of a secret that stands in it none is left in halves. */
const TOLD_CHARACTERS = 4_000;

/** The fields that a probe answers with; of anything else nothing is believed. */
function toldIn(
  body: string,
): Pick<Answer, "reason" | "expected" | "seen" | "principal" | "configHash" | "isDenied"> {
  const json = objectIn(body);
  const text = (name: string): string | null => {
    const value = json[name];
    return typeof value === "string" && value !== "" ? value.slice(0, TOLD_CHARACTERS) : null;
  };
  const reason = text("reason");
  return {
    reason: REJECTION_REASONS.find((each) => each === reason) ?? null,
    expected: text("expected"),
    seen: text("seen"),
    principal: text("principal"),
    configHash: text("config_hash"),
    isDenied: json["ok"] === false,
  };
}

function objectIn(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // Not JSON: it says nothing of itself.
    return {};
  }
}
