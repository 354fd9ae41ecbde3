/**
 * `npm run check`: every rule that needs no running program, the quick ones first. All of them run, so that one
 * round shows everything that is wrong; the exit code is 1 if anything is.
 */
import { spawnSync } from "node:child_process";
import { performance } from "node:perf_hooks";

const CHECKS = [
  { what: "format", command: ["oxfmt", "-c", "config/oxfmt.json", "--check", "."] },
  { what: "house rules", command: ["oxlint", "-c", "config/oxlint.json", "--type-aware"] },
  { what: "types", command: ["tsc", "-p", "tsconfig.json"] },
  { what: "types without a world", command: ["tsc", "-p", "config/tsconfig.pure.json"] },
  { what: "nothing unused", command: ["knip", "-c", "config/knip.json", "--no-config-hints"] },
];

const failed = CHECKS.filter(({ what, command: [program = "", ...programArguments] }) => {
  const startedAt = performance.now();
  const { status, error, stdout, stderr } = spawnSync(program, programArguments, {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === "win32",
  });
  const isKept = status === 0;
  console.log(`${isKept ? "ok    " : "FAILED"} ${what} (${Math.round(performance.now() - startedAt)} ms)`);
  if (!isKept) console.log([error?.message, stdout, stderr].filter(Boolean).join("\n"));
  return !isKept;
});
if (failed.length > 0) {
  console.log(`Not as it should be: ${failed.map(({ what }) => what).join(", ")}.`);
  process.exit(1);
}
