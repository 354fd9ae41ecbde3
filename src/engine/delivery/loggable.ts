/** What may be logged of an unexpected error: where it happened, not its message, which may quote a secret. */
export function loggable(error: unknown): { error: { type: string; where: string } } {
  if (!(error instanceof Error)) return { error: { type: typeof error, where: "" } };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const where = frames
    .slice(0, 5)
    .map((line) => line.trim())
    .join("; ");
  return { error: { type: error.name, where } };
}
