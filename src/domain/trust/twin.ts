/**
 * The read-only twins of the addresses where check-ins come in, told apart by their path: whoever verifies one must know
 * whose it is, and by what it may be called.
 */

export const TWIN_PREFIX = "/verify";

/** Where programs that speak OpenTelemetry send their traces. */
export const TRACE_PATHS: readonly string[] = ["/otlp/v1/traces", "/v1/traces"];

/** Of a monitor's check-ins, or of the traces of all. */
type TwinAddress = { of: "check-ins"; project: string; slug: string } | { of: "traces" };

/** `<our address>/verify/[checkin/]<project>/<slug>…`, or a path of traces behind `/verify`; null: it is none of these. */
export function twinAt({ publicUrl, url }: { publicUrl: string; url: string }): TwinAddress | null {
  const prefix = `${publicUrl}${TWIN_PREFIX}/`;
  if (!url.startsWith(prefix)) return null;
  const path = url.slice(prefix.length).split(/[?#]/, 1)[0] ?? "";
  if (TRACE_PATHS.includes(`/${path}`)) return { of: "traces" };
  const [project = "", slug = ""] = path.replace(/^checkin\//, "").split("/");
  return project === "" || slug === "" ? null : { of: "check-ins", project, slug };
}
