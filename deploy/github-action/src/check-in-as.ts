/** One check-in of the job with the proof it has: a ping key, or the identity token that GitHub signs for it. */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import * as core from "@actions/core";
import type { ReceiptAnswer } from "../../../src/client/answers.ts";
import { checkIn, type CheckInCall } from "../../../src/client/check-in.ts";
import { ClientError } from "../../../src/client/request.ts";
import type { Settings } from "./runner.ts";

const PAUSE_MS = 500;

/** Resolves to the receipt in one line. Throws with a sentence that says what to do. */
export async function checkInAs(settings: Settings, told: Omit<CheckInCall, "monitor">): Promise<string> {
  const endsAt = Date.now() + settings.timeoutMs;
  const { url, monitor, project } = settings;
  // A token is good for one check-in, which may be sent twice: so each check-in has its own.
  const key = settings.key ?? (await identityToken(settings));
  const call = { ...told, monitor, project, idempotencyKey: randomUUID() };
  const send = () => checkIn({ url, key, timeoutMs: Math.max(endsAt - Date.now(), 1) }, call);
  try {
    return lineOf(await send());
  } catch (error) {
    if (!mayPass(error) || Date.now() + PAUSE_MS >= endsAt) throw withAdvice(error, settings);
  }
  await pause(PAUSE_MS);
  try {
    return lineOf(await send());
  } catch (error) {
    throw withAdvice(error, settings);
  }
}

/** https://docs.github.com/en/actions/reference/security/oidc */
async function identityToken({ audience, timeoutMs }: Settings): Promise<string> {
  if ((process.env["ACTIONS_ID_TOKEN_REQUEST_URL"] ?? "") === "") {
    throw new Error(
      "This job may not have an identity token. Add the line `id-token: write` below `permissions:` of the job " +
        "(beside `contents: read`, for what is not listed there is denied), or set `key` to a ping key.",
    );
  }
  const isLate = pause(timeoutMs, null, { ref: false });
  const token = await Promise.race([core.getIDToken(audience), isLate]).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message.replaceAll(/\s+/g, " ") : String(cause);
    throw new Error(
      `GitHub gave no identity token (${why}). Run the job again, or set \`key\` to a ping key.`,
    );
  });
  if (token !== null) return token;
  throw new Error(`GitHub gave no identity token within ${timeoutMs / 1_000} s. Set \`timeout\` higher.`);
}

/** Nobody answered, or a server that is restarted or busy: worth a second try. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof ClientError) || error.code === "wrong_setting") return false;
  return error.status === null || error.status >= 500 || error.status === 429;
}

function withAdvice(error: unknown, { monitor, key, audience }: Settings): Error {
  if (!(error instanceof ClientError)) return error instanceof Error ? error : new Error(String(error));
  return new Error(`${monitor}: ${error.message} ${adviceFor(error, { key, audience })}`.trim(), {
    cause: error,
  });
}

function adviceFor(error: ClientError, { key, audience }: Pick<Settings, "key" | "audience">): string {
  if (error.isKept) return "";
  if (error.code === "unreachable") return "Check `url`, and that this runner may reach it.";
  if (error.status !== 401) return "";
  if (key !== null) return "Check the secret that `key` is set to.";
  return (
    "Check that the monitor accepts a contract for GitHub Actions that names this repository and workflow, and " +
    `the audience ${JSON.stringify(audience)}.`
  );
}

function lineOf({ monitor, kind, run_id, window, notes }: ReceiptAnswer): string {
  const matched =
    window === null ? "no window" : `expected ${window.expected_at}, ${window.verdict ?? "running"}`;
  return [`${monitor}: ${kind} of run ${run_id ?? "without an id"} (${matched})`, ...notes].join("; ");
}
