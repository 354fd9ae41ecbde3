/**
 * The part of the Healthchecks management API that an import reads: the checks and the channels of one project.
 * https://healthchecks.io/docs/api/
 */
import { UsageError } from "../command.ts";
import { listAt, textAt } from "./structured-text.ts";

/** The newest first: older servers know older ones only. */
const VERSIONS = ["v3", "v2", "v1"] as const;
const TIMEOUT_MS = 30_000;

export interface HealthchecksAnswer {
  /** Where it answered, like `https://hc.example.org`. */
  base: string;
  checks: unknown[];
  /** Names of the channels by their ids. */
  channels: ReadonlyMap<string, string>;
}

/** Throws a sentence for a person; it never holds the key. */
export async function readHealthchecks(url: string, apiKey: string): Promise<HealthchecksAnswer> {
  const base = baseOf(url);
  // What cannot be a header would be refused with a sentence that repeats it.
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new UsageError("The API key holds characters that no key has: look for line breaks and quotes.");
  }
  for (const version of VERSIONS) {
    const answer = await get(`${base}/api/${version}/checks/`, apiKey);
    if (answer === null) continue;
    const channels = await get(`${base}/api/${version}/channels/`, apiKey);
    return {
      base,
      checks: listAt(answer, "checks"),
      channels: new Map(
        listAt(channels, "channels").map((channel) => [
          textAt(channel, "id") ?? "",
          [textAt(channel, "name") ?? "without a name", textAt(channel, "kind")].filter(Boolean).join(", "),
        ]),
      ),
    };
  }
  throw new UsageError(
    `${base} has no management API of Healthchecks at /api/v3/, v2 or v1: is it the right address?`,
  );
}

/** Null for 404: this version is not known there. */
async function get(address: string, apiKey: string): Promise<unknown> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(address, {
      headers: { "x-api-key": apiKey, accept: "application/json" },
      // The key must not follow a redirect to somebody else.
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await response.text();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Error(
      `Healthchecks cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}.`,
      { cause: error },
    );
  }
  const { status } = response;
  if (status === 404) return null;
  if (status === 401 || status === 403)
    throw new UsageError("Healthchecks refused the API key: it takes a project's read-write key.");
  if (status >= 300 && status < 400) {
    throw new UsageError(
      `${new URL(address).origin} redirects to ${response.headers.get("location") ?? "elsewhere"}: give that address.`,
    );
  }
  if (!response.ok) throw new Error(`Healthchecks answered ${status} at ${address}.`);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new UsageError(`Something other than Healthchecks answered at ${address}.`, { cause });
  }
}

function baseOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (
    parsed === null ||
    !/^https?:$/.test(parsed.protocol) ||
    parsed.username !== "" ||
    parsed.search !== ""
  ) {
    throw new UsageError(
      `${JSON.stringify(url)} is not the address of a Healthchecks; it reads like https://healthchecks.io.`,
    );
  }
  // People paste what they have: the address of the API will do as well.
  return parsed.origin + parsed.pathname.replace(/\/api\/v\d\/?.*$/, "").replace(/\/+$/, "");
}
