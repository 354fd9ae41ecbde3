/** Which monitor a span belongs to: what its resource says, else the agent that its trace is about. */
import { LIMITS } from "../../domain/limits.ts";
import { textAt } from "./attributes.ts";
import { NAMES } from "./names.ts";
import type { Span } from "./trace-batch.ts";

/** What SDKs send where nobody chose a name: `unknown_service:node`. */
const UNNAMED = /^unknown_service\b/;

/** Empty where nothing names a monitor. `trace`: the spans of the same trace. */
export function slugOf(span: Span, trace: readonly Span[]): string {
  const monitor = textAt(span.resource, NAMES.monitor);
  // Whoever names a monitor means that one and none like it.
  if (monitor !== null) return monitor.slice(0, LIMITS.slugCharacters);
  const program = textAt(span.resource, NAMES.program);
  if (program !== null && !UNNAMED.test(program)) return slugFrom(program);
  const root = trace.find(({ parentId, isParentRemote }) => parentId === null || isParentRemote);
  return slugFrom((root === undefined ? null : textAt(root.attributes, NAMES.agent)) ?? "");
}

/** `Lead Agent` is `lead-agent`. */
function slugFrom(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, "-")
    .replace(/^[-_]+|-+$/g, "")
    .slice(0, LIMITS.slugCharacters);
}
