/** RFC 8785: the one way of writing a JSON value, over which Inngest signs and by which configurations are compared. */

/** `value`: as `JSON.parse` gives it. Throws for what is nested deeper than the machine's stack. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((each) => canonicalJson(each)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  // Sorted by UTF-16 units, as the specification wants and as `sort` does.
  const fields = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, each]) => `${JSON.stringify(name)}:${canonicalJson(each)}`);
  return `{${fields.join(",")}}`;
}
