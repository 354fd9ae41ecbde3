/** Contract of every store: verifications are kept and found, the latest of each address. */
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/domain/limits.ts";
import { START, verification } from "../../makers.ts";
import { allPages, FIRST_PAGE, type StoreTrial } from "./trial.ts";

const [ONE, TWO] = ["https://example.org/one", "https://example.org/two"];

export function verificationContract({ fresh }: StoreTrial): void {
  describe("keeps verifications", () => {
    test("found by project and id, and replaced by what came of them", async () => {
      const store = await fresh();
      const begun = verification({ id: "ver_1", colour: "awaiting", finishedAt: null });
      await store.putVerification(begun);
      expect(await store.getVerification("default", "ver_1")).toEqual(begun);
      const ended = verification({ id: "ver_1", colour: "green", findings: [] });
      await store.putVerification(ended);
      expect(await store.getVerification("default", "ver_1")).toEqual(ended);
      await store.putVerification(verification({ id: "ver_1", project: "other" }));
      expect(await store.getVerification("default", "ver_1")).toEqual(ended);
      expect(await store.getVerification("default", "ver_2")).toBeNull();
      expect((await store.listVerifications("default", { url: null }, FIRST_PAGE)).items).toEqual([ended]);
    });

    test("newest first, then the greater id; all of a project or those of one address", async () => {
      const store = await fresh();
      const given = [
        verification({ id: "ver_1", url: ONE, at: START }),
        verification({ id: "ver_2", url: TWO, at: START + 5 }),
        verification({ id: "ver_3", url: ONE, at: START + 5 }),
        verification({ id: "ver_4", url: TWO, at: START + 9 }),
        verification({ id: "ver_5", url: ONE, at: START + 9, project: "other" }),
      ];
      for (const one of given) await store.putVerification(one);
      const idsOf = async (url: string | null) =>
        (await allPages((page) => store.listVerifications("default", { url }, page), 1)).map(({ id }) => id);
      expect(await idsOf(null)).toEqual(["ver_4", "ver_3", "ver_2", "ver_1"]);
      expect(await idsOf(ONE)).toEqual(["ver_3", "ver_1"]);
      expect(await idsOf("https://example.org/")).toEqual([]);
      await expect(
        store.listVerifications("default", { url: null }, { cursor: "made-up", limit: 1 }),
      ).rejects.toMatchObject({ code: "invalid_request" });
    });

    test("the latest 20 of an address", async () => {
      const store = await fresh();
      const ids = Array.from({ length: 30 }, (_each, index) => `ver_${10 + index}`);
      for (const [index, id] of ids.entries())
        await store.putVerification(verification({ id, url: ONE, at: START + index }));
      await store.putVerification(verification({ id: "ver_old", url: ONE, at: START }));
      await store.putVerification(verification({ id: "ver_other", url: TWO, at: 1 }));
      const { items } = await store.listVerifications("default", { url: ONE }, FIRST_PAGE);
      expect(items.map(({ id }) => id)).toEqual(ids.toReversed().slice(0, LIMITS.verificationsKept));
      expect(await store.getVerification("default", "ver_other")).not.toBeNull();
      expect(await store.getVerification("default", "ver_10")).toBeNull();
    });

    test("of the addresses that a project verified last", async () => {
      const store = await fresh();
      const limit = LIMITS.verifiedUrlsPerProject;
      const put = (index: number, at: number) =>
        store.putVerification(verification({ id: `ver_${at}`, url: `https://example.org/${index}`, at }));
      for (let index = 0; index < limit; index += 1) await put(index, START + index);
      await put(0, START + limit);
      await put(limit, START + limit + 1);
      const { items } = await store.listVerifications(
        "default",
        { url: null },
        { cursor: null, limit: 2 * limit },
      );
      expect(items).toHaveLength(limit + 1);
      expect(new Set(items.map(({ url }) => url)).size).toBe(limit);
      expect(items.map(({ url }) => url)).not.toContain("https://example.org/1");
    });
  });
}
