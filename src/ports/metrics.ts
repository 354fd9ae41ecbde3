/** Numbers about Rollcall itself for its operator: never a slug, a key or a path as sent. */
export interface Metrics {
  /** One HTTP exchange, by route pattern. */
  observeRequest(request: { method: string; route: string; status: number; durationMs: number }): void;
  /** One check-in decided or refused: `accepted`, `duplicate`, or the reason of a refusal. */
  countCheckIn(checkIn: { dialect: string; outcome: string }): void;
  /** Asked for a value when the numbers are read. Registering a name twice replaces the first. */
  gauge(name: string, about: string, read: () => number | Promise<number>): void;
  /** In the text format of Prometheus. */
  text(): Promise<{ contentType: string; body: string }>;
}
