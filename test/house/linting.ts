/** Runs the real linter with the project's own configuration, on this project or on a small tree planted for a test. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

export interface Lint {
  fileCount: number;
  findings: { rule: string; file: string; message: string }[];
}

/** What one run of the linter in a folder finds, and how many files it looked at: none at all is no "clean". */
export async function lint(folder: string, options: string[] = []): Promise<Lint> {
  const program = join(PROJECT, "node_modules/oxlint/bin/oxlint");
  const config = join(PROJECT, "config/oxlint.json");
  const output = await outputOf([program, "-c", config, "--format=json", ...options], folder);
  const found = JSON.parse(output) as {
    number_of_files: number;
    diagnostics: { code: string; filename: string; message: string }[];
  };
  return {
    fileCount: found.number_of_files,
    findings: found.diagnostics.map(({ code, filename, message }) => ({
      rule: code.replace(/^(.*)\((.*)\)$/, "$1/$2"),
      file: filename,
      message,
    })),
  };
}

/** Writes files into a folder of their own, hands it to `use`, and removes it. */
export async function inTree<Result>(
  files: Record<string, string>,
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-house-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a program under this Node prints; that it finds something to complain about is no error here. */
export function outputOf(programAndArguments: string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      programAndArguments,
      { cwd, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (stdout === "" && error !== null) reject(new Error(stderr, { cause: error }));
        else resolve(stdout);
      },
    );
  });
}
