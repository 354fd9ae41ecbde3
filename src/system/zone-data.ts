/** Which time-zone data this runtime knows. */

/** Such as "2026b"; a runtime that does not tell is known by its own version, with which its data changes. */
export function zoneDataVersion(): string {
  return process.versions["tz"] ?? process.version;
}
