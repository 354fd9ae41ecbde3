/** What may be logged of an unexpected error: where it happened, not its message, which may quote a secret. */
export function loggable(error: unknown): { error: string; where: string } {
  if (!(error instanceof Error)) return { error: typeof error, where: "" };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return {
    error: error.name,
    where: frames
      .slice(0, 5)
      .map((line) => line.trim())
      .join("; "),
  };
}
