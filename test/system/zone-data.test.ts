/** The version of the time-zone data, as Node tells it. */
import { expect, test } from "vitest";
import { zoneDataVersion } from "../../src/system/zone-data.ts";

test("the time-zone data is known by a year and a letter", () => {
  expect(zoneDataVersion()).toMatch(/^20\d\d[a-z]+$/);
});
