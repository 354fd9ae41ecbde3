/**
 * The programs some tests need beside Node. Where one is missing its tests are skipped, loudly; where
 * ROLLCALL_TEST_REQUIRE names it, as in CI, its absence is a failure instead.
 */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

type Program =
  | "redis"
  | "chromium"
  | "borgmatic"
  | "curl"
  | "python3"
  | "script"
  | "prlimit"
  | "systemd-analyze";

const PROGRAMS: Record<Program, { file: string; elsewhere: string[] }> = {
  redis: { file: "redis-server", elsewhere: [] },
  chromium: { file: "chromium", elsewhere: ["/usr/bin/chromium"] },
  borgmatic: { file: "borgmatic", elsewhere: [] },
  curl: { file: "curl", elsewhere: [] },
  python3: { file: "python3", elsewhere: [] },
  // Both of util-linux: a terminal to run in, and limits of a running program.
  script: { file: "script", elsewhere: [] },
  prlimit: { file: "prlimit", elsewhere: [] },
  "systemd-analyze": { file: "systemd-analyze", elsewhere: [] },
};

/**
 * Where the program is, or null if it is not here: `const redis = requirement("redis")`, then
 * `describe.skipIf(redis === null)`. Throws when it is not here and has to be.
 */
export function requirement(name: Program, environment = process.env): { path: string } | null {
  const { file, elsewhere } = PROGRAMS[name];
  const folders = (environment["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const path = [...folders.map((folder) => join(folder, file)), ...elsewhere].find(isProgram);
  if (path !== undefined) return { path };

  const required = (environment["ROLLCALL_TEST_REQUIRE"] ?? "").split(",").map((each) => each.trim());
  if (required.includes(name)) {
    throw new Error(`${file} is not on PATH, and ROLLCALL_TEST_REQUIRE says that it has to be. Install it.`);
  }
  console.warn(`!!! SKIPPED: ${file} is not on PATH, so what needs ${name} is not tested here.`);
  return null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or not ours to run: the next place may have it.
    return false;
  }
}
