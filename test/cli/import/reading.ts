/** What the tests of the sources share: text as a file of some name, and options as the command line gives them. */
import type { Found, Source, SourceFile, SourceOptions } from "../../../src/cli/import/source.ts";

export const OPTIONS: SourceOptions = {
  timezone: null,
  machineZone: "Europe/Berlin",
  crontabForm: null,
  reportBy: "exec",
  url: "https://rollcall.example.org",
  project: "default",
};

export function fileOf(name: string, text: string, beside: Record<string, string> = {}): SourceFile {
  return { name, text, beside: (other) => Promise.resolve(beside[other] ?? null) };
}

export async function read(
  source: Source,
  file: SourceFile,
  options: Partial<SourceOptions> = {},
): Promise<Found> {
  return await source.read(file, { ...OPTIONS, ...options });
}

/** What was left out, as `line: why`. */
export function leftOut(found: Found): string[] {
  return found.leftOut.map(({ place, why }) => `${place.line}: ${why}`);
}
