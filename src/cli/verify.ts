/** `rollcall verify <url>`: tries a boundary before it is trusted, and says by its exit code whether it may be. */
import { createClient } from "../client/client.ts";
import type { Client } from "../client/client.ts";
import { ClientError } from "../client/request.ts";
import { UsageError, EXIT, wantedAdminKey, wantedKey } from "./command.ts";
import type { AddCommand, Surroundings } from "./command.ts";
import { writeJunit } from "./junit.ts";
import { verifyHere } from "./verify-here.ts";
import { verificationJunit, verificationText, type Told } from "./verification-text.ts";

interface Options {
  contract?: string;
  manual?: string;
  monitor?: string;
  wait?: string;
  last?: boolean;
  here?: boolean;
  junit?: string;
  json?: boolean;
  key?: string;
  url?: string;
}

const LEFT_OUT_OF_LAST = ["here", "contract", "manual", "monitor", "wait"] as const;
/** Nothing of it is kept, so that it belongs to no monitor and nothing is waited for. */
const LEFT_OUT_OF_HERE = ["monitor", "wait"] as const;

/** The server makes a dozen calls before it answers, and its target may be slow. */
const TIMEOUT_MS = 90_000;

export const add: AddCommand = (program, surroundings, leave) => {
  program
    .command("verify")
    .description("try a boundary: what it must refuse, and what it must let in")
    .argument("<url>", "a read-only address behind the boundary, like https://app/.well-known/rollcall/probe")
    .option("--contract <name>", "what the scheduler shows")
    .option("--manual <name>", "what people show")
    .option("--monitor <name>", "the monitor whose job stands behind it")
    .option("--wait <duration>", "how long the scheduler's own call is waited for (default: 26h)")
    .option("--last", "show the latest verification of this address, and try nothing")
    .option("--here", "make the calls from this machine; secrets are in ROLLCALL_SECRET_<NAME>")
    .option("--junit <file>", "write the result as JUnit XML too")
    .option("--json", "write JSON, for programs")
    .option("--key <key>", "an admin key (default: ROLLCALL_ADMIN_KEY); for --last a read key will do")
    .option("--url <url>", "where Rollcall answers (default: ROLLCALL_URL, or http://127.0.0.1:8377)")
    .addHelpText(
      "after",
      "\nThe exit code is 0 when all is green; 1 when it is red, or stale; 2 when it awaits the scheduler's own call,\n" +
        "or could not be tried as asked; 3 when Rollcall cannot be asked.",
    )
    .action(async (target: string, options: Options) => leave(await verify(target, options, surroundings)));
};

async function verify(target: string, options: Options, surroundings: Surroundings): Promise<number> {
  const { settings, terminal } = surroundings;
  const key = options.last ? wantedKey(options.key, settings) : wantedAdminKey(options.key, settings);
  const client = createClient({ url: options.url ?? settings.url, key, timeoutMs: TIMEOUT_MS });
  const told = await verified(client, { target, options, surroundings }).catch(asUsage);
  if (options.junit !== undefined) writeJunit(options.junit, verificationJunit(told));
  terminal.say(options.json ? JSON.stringify(told, null, 2) : verificationText(told, terminal));
  return exitCodeOf(told);
}

async function verified(
  client: Client,
  { target, options, surroundings }: { target: string; options: Options; surroundings: Surroundings },
): Promise<Told> {
  const lone = options.last ? "--last" : "--here";
  const unheard = (options.last ? LEFT_OUT_OF_LAST : options.here ? LEFT_OUT_OF_HERE : []).find(
    (name) => options[name] !== undefined,
  );
  if (unheard !== undefined) throw new UsageError(`--${unheard} has no meaning with ${lone}: leave one out.`);
  if (options.last) {
    const [latest] = (await client.verifications.list({ url: target, limit: 1 })).items;
    if (latest === undefined) throw new UsageError("This address has not been verified yet.");
    return latest;
  }
  const { contract, manual, monitor, wait } = options;
  if (contract === undefined) {
    throw new UsageError("Say what the scheduler shows: --contract <name>, one of the project's contracts.");
  }
  if (options.here) return verifyHere(client, { target, contract, manual, surroundings });
  return client.verifications.run({
    url: target,
    contract,
    ...(manual === undefined ? {} : { manual_contract: manual }),
    ...(monitor === undefined ? {} : { monitor }),
    ...(wait === undefined ? {} : { await_scheduler: wait }),
  });
}

/** A contract or monitor that does not exist is no trouble of Rollcall's: it was asked for what there is not. */
function asUsage(error: unknown): never {
  if (error instanceof ClientError && error.code === "not_found") throw new UsageError(error.message);
  throw error;
}

function exitCodeOf({ colour, stale }: Told): number {
  if (colour === "red" || stale) return EXIT.notWell;
  return colour === "green" ? 0 : EXIT.notKnown;
}
