/**
 * An agent as it is found in the wild, run as a program of its own: it asks a model about each of 200 leads. Told to count
 * it swallows every refusal and ends well; told to step it names its steps and dies of the first one.
 */
import { writeFileSync } from "node:fs";
import { run } from "../../src/editions/client.ts";

const LEADS = Array.from({ length: 200 }, (_, index) => `lead-${index + 1}`);
const PLAN = ["fetch", "dedupe", "enrich", "score", "draft", "send", "report"];
const {
  ROLLCALL_OUTCOME_FILE,
  ROLLCALL_URL,
  ROLLCALL_PING_KEY,
  ROLLCALL_RUN_ID,
  MODEL_URL = "",
} = process.env;

/** The model's real address, of which a stub takes the place. */
const toModel: typeof fetch = (input, init) =>
  fetch(typeof input === "string" ? input.replace("https://api.openai.com", MODEL_URL) : input, init);

function ask(lead: string, send: typeof fetch): Promise<Response> {
  const body = JSON.stringify({ messages: [{ role: "user", content: `Who is ${lead}?` }] });
  return send("https://api.openai.com/v1/chat/completions", { method: "POST", body });
}

async function countedOnly(): Promise<{ counts: { expected: number; processed: number } }> {
  let processed = 0;
  for (const lead of LEADS) if ((await ask(lead, toModel)).ok) processed += 1;
  return { counts: { expected: LEADS.length, processed } };
}

const WAYS: Record<string, () => Promise<void>> = {
  async file() {
    writeFileSync(ROLLCALL_OUTCOME_FILE ?? "", JSON.stringify(await countedOnly()));
  },
  async finish() {
    await fetch(`${ROLLCALL_URL}/checkin/${ROLLCALL_PING_KEY}/lead-agent`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(await countedOnly()),
    });
  },
  steps: () =>
    run(
      "lead-agent",
      async (run) => {
        run.plan(PLAN);
        run.expect(LEADS.length);
        await run.step("fetch", () => undefined);
        await run.step("dedupe", () => undefined);
        await run.step("enrich", async () => {
          for (const lead of LEADS) {
            const answer = await ask(lead, run.fetch);
            if (!answer.ok) throw new Error("the model gave no answer");
            run.count("processed");
          }
        });
      },
      { url: ROLLCALL_URL, key: ROLLCALL_PING_KEY, runId: ROLLCALL_RUN_ID, fetch: toModel },
    ),
};

await WAYS[process.argv[2] ?? ""]?.();
