/** The list of platforms: in order, complete, and as the README tells it. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PRESETS, presetNamed } from "../../../src/domain/trust/presets.ts";
import { readContract } from "../../../src/domain/trust/read-contract.ts";

test("every preset has a name of its own, which its contract bears, and says itself whose proof can be made", () => {
  expect(new Set(PRESETS.map(({ name }) => name)).size).toBe(PRESETS.length);
  for (const preset of PRESETS) {
    expect(preset.contract.preset).toBe(preset.name);
    expect(preset.isMintable).toBe(preset.contract.scheme !== "oidc");
    expect(presetNamed(preset.name)).toBe(preset);
  }
  expect(presetNamed("constructor")).toBeNull();
});

test("hints are no header that a proof comes in: what proves nothing must not be asked for", () => {
  const proofs = PRESETS.flatMap(({ contract }) =>
    contract.scheme === "hmac"
      ? [contract.signatureHeader]
      : contract.scheme === "jwt_hs256"
        ? [contract.header]
        : ["authorization"],
  );
  const hints = PRESETS.flatMap(({ hints }) => Object.keys(hints));
  expect(hints.filter((name) => proofs.includes(name) || name !== name.toLowerCase())).toEqual([]);
});

test("only where a platform makes a token for one request is it good once", () => {
  const once = PRESETS.filter(({ contract }) => contract.scheme === "oidc" && contract.isOnce);
  expect(once.map(({ name }) => name)).toEqual(["github_actions", "github_enterprise"]);
});

test("the README names every preset, and its examples are contracts", () => {
  const readme = readFileSync("README.md", "utf8");
  const [, behind = ""] = readme.split("### Say what a caller must show\n");
  const [section = ""] = behind.split("\n### Guard your own");
  const examples = [
    ...section.matchAll(/```json\n([^`]*)```|v1\/contracts\/[^']*'[^']*' \\\n +-d '([^']*)'/g),
  ].map(([, block, body]) => JSON.parse(block ?? body ?? "") as Record<string, unknown>);
  const contracts = examples.map(({ secret: _secret, ...contract }) => contract);
  expect(contracts.map((each) => readContract(each).problems)).toEqual([[], [], []]);
  expect(PRESETS.filter(({ name }) => !section.includes(`\`${name}\``))).toEqual([]);
});
