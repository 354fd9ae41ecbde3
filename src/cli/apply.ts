/** `rollcall apply [file]`: shows what a configuration file would change on the server, and changes it. */
import { ClientError, createClient } from "../client/client.ts";
import type { Client, ConfigurationPlanAnswer } from "../client/client.ts";
import { RollcallError } from "../domain/errors.ts";
import { environmentForChild } from "../system/cli-settings.ts";
import {
  readConfigurationFile,
  readConfigurationInput,
  type ConfigurationFile,
} from "../system/configuration-file.ts";
import { EXIT, UsageError, wantedAdminKey } from "./command.ts";
import type { AddCommand, Surroundings } from "./command.ts";
import { planText } from "./plan-text.ts";
import { plain, type Terminal } from "./terminal.ts";

interface Options {
  check?: boolean;
  prune?: boolean;
  yes?: boolean;
  json?: boolean;
  key?: string;
  url?: string;
}

/** Thousands of monitors take their time, and an answer that is not waited for tells nobody what was done. */
const TIMEOUT_MS = 300_000;

export const add: AddCommand = (program, surroundings, leave) => {
  program
    .command("apply")
    .description("make channels and monitors what a configuration file says")
    .argument("[file]", "the file; - is standard input (default: ROLLCALL_CONFIG, or config/rollcall.yaml)")
    .option("--check", "only say what would be done; exit 1 if anything would")
    .option("--prune", "delete what is in the file no longer, instead of pausing it")
    .option("--yes", "do not ask; needed where there is no terminal to ask at")
    .option("--key <key>", "an admin key (default: ROLLCALL_ADMIN_KEY)")
    .option("--url <url>", "where Rollcall answers (default: ROLLCALL_URL, or http://127.0.0.1:8377)")
    .option("--json", "write JSON, for programs; does not ask")
    .addHelpText(
      "after",
      "\nThe exit code is 0 when all is as the file says, 1 when it is not (--check, or nobody agreed), 2 when the file is wrong, 3 when Rollcall cannot be asked or could not do all of it.",
    )
    .action(async (path: string | undefined, options: Options) =>
      leave(await applyFile(path ?? surroundings.settings.config, options, surroundings)),
    );
};

/** A mistake in the file is told line by line, as compilers do. */
async function applyFile(
  path: string,
  options: Options,
  { settings, terminal }: Surroundings,
): Promise<number> {
  const key = wantedAdminKey(options.key, settings);
  const client = createClient({ url: options.url ?? settings.url, key, timeoutMs: TIMEOUT_MS });
  let file: ConfigurationFile;
  try {
    const environment = environmentForChild({});
    file =
      path === "-"
        ? await readConfigurationInput(process.stdin, environment)
        : readConfigurationFile(path, environment);
  } catch (thrown) {
    if (!(thrown instanceof RollcallError)) throw thrown;
    warnLines(terminal, [...thrown.message.split("\n"), NOTHING_DONE]);
    return EXIT.badUsage;
  }
  try {
    return await apply({ client, file, options, terminal });
  } catch (thrown) {
    if (!(thrown instanceof ClientError) || thrown.problems.length === 0) throw thrown;
    const isFileWrong = thrown.status === 400;
    warnLines(terminal, [
      ...(isFileWrong ? [] : [thrown.message]),
      ...file.located(thrown.problems),
      ...(isFileWrong ? [NOTHING_DONE] : []),
    ]);
    return isFileWrong ? EXIT.badUsage : EXIT.noAnswer;
  }
}

const NOTHING_DONE = "rollcall: nothing was changed";

function warnLines(terminal: Terminal, lines: readonly string[]): void {
  for (const line of lines) terminal.warn(plain(line));
}

interface Applying {
  client: Client;
  file: ConfigurationFile;
  options: Options;
  terminal: Terminal;
}

async function apply({ client, file, options, terminal }: Applying): Promise<number> {
  const document = documentOf(file);
  const query = { file: file.name, prune: options.prune === true };
  const plan = await client.configuration.plan(document, query);
  warnLines(
    terminal,
    file.located(plan.warnings).map((line) => `${line} (warning)`),
  );
  show(plan, { options, terminal });
  if (plan.steps.length === 0) return 0;
  if (options.check) return EXIT.notWell;
  if (!(await isAgreed(plan, { options, terminal }))) {
    terminal.warn(NOTHING_DONE);
    return EXIT.notWell;
  }
  const applied = await client.configuration.apply(document, { ...query, expect: plan.fingerprint });
  if (!options.json) terminal.say(`Done: ${applied.steps.length} of ${plan.steps.length}.`);
  return 0;
}

/** A list or a bare text is refused here: it could not even be sent. */
function documentOf({ document, path }: ConfigurationFile): object {
  if (typeof document === "object" && document !== null && !Array.isArray(document)) return document;
  throw new UsageError(`${path} is not a configuration: it begins with names like "monitors:".`);
}

function show(
  plan: ConfigurationPlanAnswer,
  { options, terminal }: Pick<Applying, "options" | "terminal">,
): void {
  if (options.json) terminal.say(JSON.stringify(plan, null, 2));
  else terminal.say(planText(plan, terminal));
}

/** Throws `UsageError` where there is nobody to ask. */
async function isAgreed(
  plan: ConfigurationPlanAnswer,
  { options, terminal }: Pick<Applying, "options" | "terminal">,
): Promise<boolean> {
  if (options.yes) return true;
  const isDeleting = plan.steps.some(({ act }) => act === "remove");
  const question = isDeleting ? "Apply this, and delete what is to be deleted?" : "Apply this?";
  const answer = options.json ? null : await terminal.ask(`${question} [y/N] `);
  if (answer !== null) return /^y(es)?$/i.test(answer.trim());
  throw new UsageError("Nothing was changed: there is nobody to ask; say --yes to apply this plan.");
}
