/** OTLP over HTTP, traces only: two wire forms in, the same meaning, and answers that exporters understand. */
import { TRACE_PATHS } from "../../domain/trust/twin.ts";
import type { TraceDialect } from "../../ports/traces.ts";
import { acceptedAnswer, refusedAnswer } from "./answer.ts";
import { readJson } from "./read-json.ts";
import { readProtobuf } from "./read-protobuf.ts";
import { tracedRuns } from "./traced-runs.ts";

export const otlp: TraceDialect = {
  name: "otlp",
  paths: TRACE_PATHS,

  formOf(contentType) {
    const type = contentType.split(";", 1)[0]?.trim().toLowerCase();
    if (type === "application/json") return "json";
    return type === "application/x-protobuf" || type === "application/protobuf" ? "protobuf" : null;
  },

  read(form, body) {
    const batch = form === "json" ? readJson(body) : readProtobuf(body);
    return { ...tracedRuns(batch), refused: batch.refused };
  },

  accepted: acceptedAnswer,
  refused: refusedAnswer,
};
