/** Rules on evidence, at their edges: what comes of each and what it says. */
import { describe, expect, test } from "vitest";
import { evidenceToRemember, ruleResults } from "../../../src/domain/checks/rules.ts";
import type { EvidenceItem } from "../../../src/domain/outcome/outcome.ts";
import { DAY, HOUR, MINUTE, START } from "../../makers.ts";
import { evidence, item, proof, subject, told } from "./rule-makers.ts";
import { redactUrl } from "../../../src/domain/redact.ts";

describe("evidence", () => {
  const backup = item({ name: "backup.tar" });

  test.each<[number, number, string]>([
    [47_000, 1_000_000, "failed: backup.tar is 47 kB, needs at least 1 MB"],
    [1_000_000, 1_000_000, "passed: backup.tar is 1 MB, needs at least 1 MB"],
    [999_999, 1_000_000, "failed: backup.tar is 999999 B, needs at least 1000000 B"],
    [0, 1, "failed: backup.tar is 0 B, needs at least 1 B"],
    [0, 0, "passed: backup.tar is 0 B, needs at least 0 B"],
    [1_234_567_890_123, 1_000, "passed: backup.tar is 1.23 TB, needs at least 1 kB"],
    [Number.MAX_SAFE_INTEGER, 1e18, "failed: backup.tar is 9.01 PB, needs at least 1000 PB"],
  ])("of %d bytes where %d are needed", (size, bytes, sentence) => {
    const check = evidence("backup.tar", { rule: "min_size", bytes });
    expect(told(check, { evidence: [{ ...backup, size }] })).toBe(sentence);
  });

  test.each<[number, number, string]>([
    [3 * DAY, DAY, "failed: backup.tar is 3d old, may be 1d at most"],
    [DAY, DAY, "passed: backup.tar is 1d old, may be 1d at most"],
    [DAY + 1, DAY, "failed: backup.tar is 1d1ms old, may be 1d at most"],
    [0, 0, "passed: backup.tar is 0ms old, may be 0ms at most"],
    [-5 * MINUTE, HOUR, "passed: backup.tar is 0ms old, may be 1h at most"],
    [-5 * MINUTE - 1, HOUR, "failed: backup.tar is dated 5m after the end of the run, may be 1h at most"],
  ])("%d ms old where %d may be", (age, ageMs, sentence) => {
    const check = evidence("backup.tar", { rule: "max_age", ageMs });
    expect(told(check, { evidence: [{ ...backup, createdAt: START - age }] })).toBe(sentence);
  });

  test("that was not told, or not of what is asked for, is not met", () => {
    const exists = evidence("backup.tar", { rule: "exists" });
    expect(told(exists, { evidence: [backup] })).toBe("passed: backup.tar was told");
    expect(told(exists, { evidence: [item({ name: "other" })] })).toBe("failed: backup.tar was not told");
    expect(told(exists, {})).toBe("failed: backup.tar was not told");
    const bare = { evidence: [backup] };
    expect(told(evidence("backup.tar", { rule: "min_size", bytes: 1_000 }), bare)).toBe(
      "failed: the size of backup.tar was not told, needs at least 1 kB",
    );
    expect(told(evidence("backup.tar", { rule: "max_age", ageMs: HOUR }), bare)).toBe(
      "failed: when backup.tar was made was not told (created_at), may be 1h at most",
    );
    expect(told(evidence("backup.tar", { rule: "changed_since_last" }), bare)).toBe(
      "failed: neither sha256 nor size nor created_at of backup.tar was told, so no change can be seen",
    );
    expect(told(evidence("backup.tar", { rule: "url_ok" }), bare)).toBe(
      "failed: backup.tar has no URL that could be asked",
    );
  });

  test("is meant by its id before its name, and by its name before its kind", () => {
    const files = [
      item({ kind: "report", name: "a", size: 1 }),
      item({ kind: "file", name: "report", size: 2 }),
      item({ kind: "file", name: "c", id: "report", size: 3 }),
    ];
    const check = evidence("report", { rule: "min_size", bytes: 9 });
    expect(told(check, { evidence: files })).toContain("c is 3 B");
    expect(told(check, { evidence: files.slice(0, 2) })).toContain("report is 2 B");
    expect(told(check, { evidence: files.slice(0, 1) })).toContain("a is 1 B");
  });

  test("of several items each must be as it says", () => {
    const files = [item({ name: "a.tar", size: 5_000 }), item({ name: "b.tar", size: 10 })];
    expect(told(evidence("file", { rule: "min_size", bytes: 1_000 }), { evidence: files })).toBe(
      "failed: b.tar is 10 B, needs at least 1 kB",
    );
  });

  test("with an address awaits its answer, one result for each address", () => {
    const url = "https://example.com/report";
    const pages = [item({ kind: "page", url }), item({ kind: "page", url: "HTTP://example.com/2" })];
    const results = ruleResults(proof([evidence("page", { rule: "url_ok" })]), subject({ evidence: pages }));
    expect(results.map((result) => [result.status, result.url, result.otherwise])).toEqual([
      ["pending", url, "failed"],
      ["pending", "HTTP://example.com/2", "failed"],
    ]);
    for (const wrong of ["ftp://example.com", "javascript:alert(1)", "https://", "/report"]) {
      expect(
        told(evidence("page", { rule: "url_ok" }), { evidence: [item({ kind: "page", url: wrong })] }),
      ).toBe("failed: the URL of page is neither http nor https");
    }
    const many = Array.from({ length: 6 }, () => item({ kind: "page", url }));
    expect(told(evidence("page", { rule: "url_ok" }), { evidence: many })).toBe(
      "failed: page stands for 6 addresses; at most 5 are asked",
    );
  });

  test("whose credential was cut out cannot be asked, and says so instead of being refused there", () => {
    const signed = redactUrl("https://bucket.example.com/report?X-Amz-Signature=0123456789abcdef");
    const pages = { evidence: [item({ kind: "page", url: signed })] };
    expect(told(evidence("page", { rule: "url_ok" }), pages)).toBe(
      "error: the URL of page holds a credential, which is not kept: tell one that needs none",
    );
  });
});

describe("evidence that has to change", () => {
  const check = evidence("backup.tar", { rule: "changed_since_last" });
  const hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

  function next(before: Partial<EvidenceItem>, after: Partial<EvidenceItem>): string {
    const first = subject({ evidence: [item({ name: "backup.tar", ...before })] });
    const lastEvidence = evidenceToRemember(proof([check]), first);
    return told(check, { evidence: [item({ name: "backup.tar", ...after })] }, { lastEvidence });
  }

  test("passes the first time and says so", () => {
    expect(told(check, { evidence: [item({ name: "backup.tar", sha256: hash })] })).toBe(
      "passed: backup.tar is the first one, so there is nothing to compare it with (sha256 9f86d081884c7d65…)",
    );
  });

  test.each<[Partial<EvidenceItem>, Partial<EvidenceItem>, string]>([
    [
      { sha256: hash, createdAt: 1 },
      { sha256: hash.toUpperCase(), createdAt: 2 },
      "failed: backup.tar is the same as at the last good run (sha256 9f86d081884c7d65…)",
    ],
    [
      { sha256: hash },
      { sha256: `0${hash.slice(1)}` },
      "passed: backup.tar has changed since the last good run (sha256 0f86d081884c7d65…)",
    ],
    [{ size: 47_000 }, { size: 47_000 }, "failed: backup.tar is the same as at the last good run (47 kB)"],
    [
      { size: 47_000, createdAt: START },
      { size: 47_000, createdAt: START },
      "failed: backup.tar is the same as at the last good run (47 kB, made 2026-03-02T00:00:00Z)",
    ],
    [
      { size: 47_000, createdAt: START },
      { size: 47_000, createdAt: START + DAY },
      "passed: backup.tar has changed since the last good run (47 kB, made 2026-03-03T00:00:00Z)",
    ],
    [
      { size: 47_000 },
      { sha256: hash, size: 47_000 },
      "passed: backup.tar cannot be compared with the last good run, which told something else of it (sha256 9f86d081884c7d65…)",
    ],
  ])("from %j to %j", (before, after, sentence) => {
    expect(next(before, after)).toBe(sentence);
  });

  test("each of several items has to, wherever it stands in the list", () => {
    const files = [item({ name: "a", sha256: "aa" }), item({ name: "b", sha256: "bb" })];
    const all = evidence("file", { rule: "changed_since_last" });
    const lastEvidence = evidenceToRemember(proof([all]), subject({ evidence: files }));
    const now = [item({ name: "new", sha256: "cc" }), item({ name: "a", sha256: "aa" })];
    expect(told(all, { evidence: now }, { lastEvidence })).toContain("failed: a is the same");
  });

  test("is remembered while a run tells nothing of it, and forgotten with its check", () => {
    const lastEvidence = { "backup.tar": "sha256:aa", gone: "sha256:bb" };
    expect(evidenceToRemember(proof([check]), subject({}, { lastEvidence }))).toEqual({
      "backup.tar": "sha256:aa",
    });
    expect(evidenceToRemember(proof([]), subject({}, { lastEvidence }))).toEqual({});
  });
});
