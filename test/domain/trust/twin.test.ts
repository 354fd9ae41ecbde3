/** Whose twin an address is, by its path alone. */
import { expect, test } from "vitest";
import { twinAt } from "../../../src/domain/trust/twin.ts";

const publicUrl = "https://rollcall.example.org/base";

test.each([
  ["/verify/otlp/v1/traces", { of: "traces" }],
  ["/verify/v1/traces?from=ci", { of: "traces" }],
  ["/verify/v1/traces/start", { of: "check-ins", project: "v1", slug: "traces" }],
  ["/verify/checkin/v1/traces", { of: "check-ins", project: "v1", slug: "traces" }],
  ["/verify/default/nightly", { of: "check-ins", project: "default", slug: "nightly" }],
  ["/verify/checkin/default/nightly/start#top", { of: "check-ins", project: "default", slug: "nightly" }],
  ["/verify/default", null],
  ["/verify/default/?a=b", null],
  ["/verify", null],
  ["/otlp/v1/traces", null],
])("%s", (path, twin) => {
  expect(twinAt({ publicUrl, url: publicUrl + path })).toEqual(twin);
});

test("an address of somebody else's is no twin of ours", () => {
  expect(twinAt({ publicUrl, url: "https://rollcall.example.org/verify/default/nightly" })).toBeNull();
});
