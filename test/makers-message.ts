/** Small makers of incidents and messages for tests of channels and delivery: say only what matters. */
import type { Incident } from "../src/domain/incident.ts";
import type { Message, ToldChange } from "../src/ports/channel.ts";

/** 2026-03-02 02:10:00 in Berlin. */
export const AT = Date.UTC(2026, 2, 2, 1, 10);

export function incident(given: Partial<Incident> = {}): Incident {
  return {
    id: "inc_1",
    project: "default",
    subject: { type: "monitor", monitorId: "mon_1", slug: "nightly-backup" },
    kind: "missing",
    phase: "not_arrived",
    title: "nightly-backup: expected 02:00 Europe/Berlin, nothing arrived by 02:10 (grace 10m)",
    evidence: {
      expected: "a start at 02:00, by 02:10 at the latest",
      came: "nothing",
      known: ["Rollcall was listening all the time", "no check-in was rejected"],
      unknown: ["whether the job was started at all"],
      next: "the crontab and its host",
    },
    status: "open",
    openedAt: AT,
    detectedAt: AT + 500,
    resolvedAt: null,
    resolvedBy: null,
    firstWindowAt: AT - 600_000,
    latestWindowAt: AT - 600_000,
    windowsLost: 1,
    lastGoodAt: AT - 86_400_000,
    lastVerifiedAt: null,
    owner: null,
    rejections: 0,
    timeline: [],
    timelineCut: 0,
    ...given,
  };
}

export function told(change: ToldChange["change"], given: Partial<ToldChange> = {}): ToldChange {
  return { change, title: `nightly-backup ${change}`, at: AT, ordinal: 0, ...given };
}

/** An incident's message, unless another kind is said. */
export function message(given: Partial<Message> = {}): Message {
  const isIncident = (given.kind ?? "incident") === "incident";
  return {
    kind: "incident",
    project: "default",
    deduplicationKey: "inc_1/ntf_1/ops",
    title: given.incident?.title ?? incident().title,
    changes: [told("opened")],
    result: null,
    incident: isIncident ? incident() : null,
    monitor: { slug: "nightly-backup", name: "Nightly backup", timezone: "Europe/Berlin" },
    digest: null,
    url: "https://rollcall.example.org/",
    createdAt: AT,
    ...given,
  };
}

export function digestMessage(count: number): Message {
  const titles = Array.from(
    { length: Math.min(count, 20) },
    (_each, index) => `job-${index}: nothing arrived`,
  );
  return message({
    kind: "digest",
    title: `${count} incidents opened`,
    deduplicationKey: `digest/ntf_${count}/ops`,
    incident: null,
    monitor: null,
    digest: {
      count,
      titles,
      incidentIds: titles.map((_title, index) => `inc_${index}`),
      changes: `${count} opened`,
    },
  });
}
