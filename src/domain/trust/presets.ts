/** The platforms whose proof is known, one entry each. What of it is surprising has the link to where they say so. */
import { BLANK_CONTRACTS } from "./contract-form.ts";
import type { HmacContract, OidcContract } from "./contract.ts";
import type { Preset } from "./preset.ts";

const FIVE_MINUTES_MS = 300_000;

/** What each has that most platforms do not. */
const USUAL = { asks: [], pins: [], hints: {}, scheduledFor: null, isMintable: true } as const;

/** https://docs.github.com/en/actions/reference/security/oidc: the subject changes its form, the ids never do. */
const GITHUB_RUN: OidcContract["run"] = {
  id: ["run_id", "run_attempt"],
  event: {
    claim: "event_name",
    scheduled: ["schedule"],
    // Both run with the base repository's identity on code that a fork may have written.
    refused: ["pull_request_target", "workflow_run"],
  },
};
const GITHUB_PINS = [
  ["repository_id"],
  ["repository_owner_id"],
  ["repository"],
  ["repository_owner"],
  ["workflow_ref"],
  ["job_workflow_ref"],
  ["sub"],
] as const;

export const PRESETS: readonly Preset[] = [
  {
    // https://vercel.com/docs/cron-jobs/manage-cron-jobs: without CRON_SECRET the call comes without any proof.
    ...USUAL,
    name: "vercel",
    title: "Vercel Cron Jobs",
    contract: { ...BLANK_CONTRACTS.bearer, preset: "vercel", methods: ["GET"] },
    hints: {
      "user-agent": "vercel-cron/1.0",
      "x-vercel-cron": "1",
      "x-vercel-cron-schedule": "0 5 * * *",
    },
  },
  {
    // https://upstash.com/docs/qstash/features/security
    ...USUAL,
    name: "qstash",
    title: "Upstash QStash",
    contract: {
      ...BLANK_CONTRACTS.jwt_hs256,
      preset: "qstash",
      header: "upstash-signature",
      issuer: "Upstash",
      audience: null,
      isSubjectUrl: true,
      bodyHashClaim: "body",
    },
    hints: {
      "user-agent": "Upstash-QStash",
      "upstash-message-id": "msg_1",
      "upstash-schedule-id": "scd_1",
      "upstash-retried": "0",
    },
  },
  {
    ...USUAL,
    name: "github_actions",
    title: "GitHub Actions",
    contract: oidc("github_actions", {
      issuer: "https://token.actions.githubusercontent.com",
      jwksUrl: "https://token.actions.githubusercontent.com/.well-known/jwks",
      isOnce: true,
      run: GITHUB_RUN,
    }),
    asks: ["audience", "require"],
    pins: GITHUB_PINS,
    isMintable: false,
  },
  {
    ...USUAL,
    name: "github_enterprise",
    title: "GitHub Enterprise",
    contract: oidc("github_enterprise", { isOnce: true, run: GITHUB_RUN }),
    asks: ["issuer", "audience", "require"],
    pins: GITHUB_PINS,
    isMintable: false,
  },
  {
    // https://docs.gitlab.com/ci/secrets/id_token_authentication/: a job has one token for all it does.
    ...USUAL,
    name: "gitlab",
    title: "GitLab CI/CD",
    contract: oidc("gitlab", {
      issuer: "https://gitlab.com",
      run: {
        id: ["pipeline_id", "job_id"],
        event: { claim: "pipeline_source", scheduled: ["schedule"], refused: [] },
      },
    }),
    asks: ["audience", "require"],
    pins: [["project_id"], ["project_path"], ["namespace_id"], ["namespace_path"], ["sub"]],
    isMintable: false,
  },
  {
    // https://cloud.google.com/scheduler/docs/http-target-auth
    ...USUAL,
    name: "google_scheduler",
    title: "Google Cloud Scheduler",
    contract: oidc("google_scheduler", {
      issuer: "https://accounts.google.com",
      issuerAliases: ["accounts.google.com"],
      jwksUrl: "https://www.googleapis.com/oauth2/v3/certs",
      require: { email_verified: ["true"] },
    }),
    asks: ["audience", "require"],
    pins: [["email"], ["sub"]],
    hints: {
      "user-agent": "Google-Cloud-Scheduler",
      "x-cloudscheduler": "true",
      "x-cloudscheduler-jobname": "job",
      "x-cloudscheduler-scheduletime": "2026-01-01T05:00:00Z",
    },
    scheduledFor: { header: "x-cloudscheduler-scheduletime", form: "rfc3339" },
    isMintable: false,
  },
  {
    ...USUAL,
    name: "aws_api_key",
    title: "AWS EventBridge API destination with an API key",
    contract: { ...BLANK_CONTRACTS.header, preset: "aws_api_key" },
    asks: ["header"],
    hints: { "user-agent": "Amazon/EventBridge/ApiDestinations" },
  },
  {
    ...USUAL,
    name: "aws_basic",
    title: "AWS EventBridge API destination with user name and password",
    contract: { ...BLANK_CONTRACTS.basic, preset: "aws_basic" },
    asks: ["user"],
    hints: { "user-agent": "Amazon/EventBridge/ApiDestinations" },
  },
  {
    // https://kubernetes.io/docs/concepts/storage/projected-volumes/: one token for all of a pod's life.
    ...USUAL,
    name: "kubernetes",
    title: "Kubernetes service account",
    contract: oidc("kubernetes", {
      algorithms: ["RS256", "ES256"],
      run: { id: ["kubernetes.io.pod.name"], event: null },
    }),
    asks: ["issuer", "audience", "require"],
    pins: [["sub"], ["kubernetes.io.namespace", "kubernetes.io.serviceaccount.name"]],
    isMintable: false,
  },
  {
    ...USUAL,
    name: "oidc",
    title: "Any issuer of identity tokens",
    contract: oidc("oidc", { algorithms: ["RS256", "ES256"] }),
    asks: ["issuer", "audience", "require"],
    isMintable: false,
  },
  {
    // https://www.inngest.com/docs/platform/signing-keys
    ...USUAL,
    name: "inngest",
    title: "Inngest",
    contract: hmac("inngest", {
      signatureHeader: "x-inngest-signature",
      fields: { separator: "&", signature: "s" },
      timestamp: { from: "field", name: "t", unit: "s", toleranceMs: FIVE_MINUTES_MS },
      template: "{body}{timestamp}",
      body: "canonical_json",
      secret: { encoding: "utf8", strip: "signkey-\\w+-" },
    }),
    hints: { "x-inngest-sdk": "inngest-js", "x-inngest-framework": "nextjs" },
  },
  {
    ...USUAL,
    name: "trigger_dev",
    title: "Trigger.dev webhooks",
    contract: hmac("trigger_dev", { signatureHeader: "x-trigger-signature-hmacsha256" }),
  },
  {
    // https://docs.svix.com/receiving/verifying-payloads/how-manual: also of Clerk and Resend.
    ...USUAL,
    name: "svix",
    title: "Svix (Clerk, Resend)",
    contract: webhooks("svix"),
  },
  {
    // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    ...USUAL,
    name: "standard_webhooks",
    title: "Standard Webhooks",
    contract: webhooks("standard_webhooks"),
  },
  {
    // https://docs.slack.dev/authentication/verifying-requests-from-slack
    ...USUAL,
    name: "slack",
    title: "Slack requests",
    contract: hmac("slack", {
      signatureHeader: "x-slack-signature",
      prefix: "v0=",
      timestamp: headerTime("x-slack-request-timestamp"),
      template: "v0:{timestamp}:{body}",
    }),
  },
  {
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    ...USUAL,
    name: "github_webhook",
    title: "GitHub webhooks",
    contract: hmac("github_webhook", {
      signatureHeader: "x-hub-signature-256",
      prefix: "sha256=",
      idHeader: "x-github-delivery",
    }),
    hints: { "user-agent": "GitHub-Hookshot/1", "x-github-event": "workflow_run" },
  },
  {
    ...USUAL,
    name: "cueapi",
    title: "CueAPI",
    contract: hmac("cueapi", {
      signatureHeader: "x-cueapi-signature",
      prefix: "v1=",
      timestamp: headerTime("x-cueapi-timestamp"),
      template: "{timestamp}.{body}",
      idHeader: "x-cueapi-execution-id",
    }),
    hints: { "x-cueapi-cue-id": "cue_1", "x-cueapi-attempt": "1" },
    scheduledFor: { header: "x-cueapi-scheduled-for", form: "rfc3339" },
  },
];

export function presetNamed(name: string): Preset | null {
  return PRESETS.find((preset) => preset.name === name) ?? null;
}

/** What Svix and the standard made of it differ in the names of their headers. */
function webhooks(preset: "svix" | "standard_webhooks"): HmacContract {
  const prefix = preset === "svix" ? "svix" : "webhook";
  return hmac(preset, {
    signatureHeader: `${prefix}-signature`,
    encoding: "base64",
    prefix: "v1,",
    listSeparator: " ",
    timestamp: headerTime(`${prefix}-timestamp`),
    template: "{id}.{timestamp}.{body}",
    idHeader: `${prefix}-id`,
    secret: { encoding: "base64", strip: "whsec_" },
  });
}

function headerTime(name: string): HmacContract["timestamp"] {
  return { from: "header", name, unit: "s", toleranceMs: FIVE_MINUTES_MS };
}

function hmac(
  preset: string,
  given: Partial<HmacContract> & Pick<HmacContract, "signatureHeader">,
): HmacContract {
  return { ...BLANK_CONTRACTS.hmac, preset, ...given };
}

function oidc(preset: string, given: Partial<OidcContract>): OidcContract {
  return { ...BLANK_CONTRACTS.oidc, preset, ...given };
}
