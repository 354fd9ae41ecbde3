/** What a browser is shown where no page can be made: whoever was woken must not be left with a line of JSON. */
import { expect, test } from "vitest";
import { RollcallError } from "../../src/domain/errors.ts";
import { createFace, type Face } from "../http/face.ts";

async function signedIn(face: Face): Promise<{ cookie: string }> {
  const body = new URLSearchParams({ key: face.keys.read });
  const answer = await face.app.request("/sign-in", { method: "POST", body });
  const [cookie = ""] = (answer.headers.get("set-cookie") ?? "").split(";");
  return { cookie };
}

test("while the store is away a page says so in words, with what this process knows, and renews itself", async () => {
  const face = await createFace();
  const headers = await signedIn(face);
  face.parts.condition = async () => ({
    problems: ["This process has stored no sign of life for 18s."],
    notes: [],
  });
  face.store.getKey = () => Promise.reject(new RollcallError("unavailable", "Redis does not take it now."));
  const answer = await face.app.request("/", { headers });
  const page = await answer.text();
  expect([answer.status, answer.headers.get("content-type")]).toEqual([503, "text/html; charset=UTF-8"]);
  expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(page).toContain("<h1>Rollcall itself cannot work just now</h1>");
  expect(page).toContain("Redis does not take it now.");
  expect(page).toContain("no sign of life for 18s");
  expect(page).toContain('http-equiv="refresh"');
});

test("a mistake of Rollcall's own shows nothing of its insides, and a form is not sent again", async () => {
  const face = await createFace();
  const headers = await signedIn(face);
  face.store.getKey = () => Promise.reject(new Error("the inside <b>of it</b>"));
  const page = await (await face.app.request("/", { headers })).text();
  expect(page).toContain("This page cannot be shown");
  expect(page).not.toContain("the inside");
  const form = await face.app.request("/sign-out", {
    method: "POST",
    headers: { origin: "https://elsewhere.example" },
  });
  expect([form.status, (await form.text()).includes("refresh")]).toEqual([403, false]);
});
