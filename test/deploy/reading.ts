/** The files under deploy/ as the tests read them: all of them, unit files by section, a Dockerfile by instruction. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
export const DEPLOY = join(PROJECT, "deploy");

/** Paths below deploy/. */
export function deployFiles(): string[] {
  return readdirSync(DEPLOY, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(DEPLOY.length + 1));
}

export function read(path: string): string {
  return readFileSync(join(DEPLOY, path), "utf8");
}

/** The commands a reader is told to paste: every line of the `sh` blocks. */
export function commandsIn(readme: string): string[] {
  return [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = ""]) => block.trim().split("\n"));
}

/** The values of one key of a unit file, in order. */
export function unitValues(unit: string, key: string): string[] {
  return unit
    .split("\n")
    .filter((line) => line.startsWith(`${key}=`))
    .map((line) => line.slice(key.length + 1));
}

export interface Instruction {
  name: string;
  value: string;
}

/** Instructions in order, continued lines joined, comments left out. */
export function instructionsIn(dockerfile: string): Instruction[] {
  return dockerfile
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, name = "", value = ""] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
      return { name, value };
    });
}

/** What the server answers for those who run it. */
export const OPERATOR_PATHS = [
  ...readFileSync(join(PROJECT, "src/http/operators.ts"), "utf8").matchAll(/app\.get\("([^"]+)"/g),
].map(([, path = ""]) => path);

/** What `deploy/secrets.sh` makes, by the names of the settings. */
export function madeSecrets(): Record<string, string> {
  const lines = execFileSync("sh", [join(DEPLOY, "secrets.sh")], { encoding: "utf8" })
    .trim()
    .split("\n");
  return Object.fromEntries(lines.map((line) => line.split("=", 2) as [string, string]));
}
