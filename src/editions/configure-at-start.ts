/**
 * The server's own configuration file, applied while it starts. A mistake in it must not leave jobs unwatched: what
 * was applied before goes on, and the mistake is told. Only where there is nothing to watch yet the start stops.
 */
import { existsSync } from "node:fs";
import { RollcallError } from "../domain/errors.ts";
import { CONFIGURATION_FILE } from "../domain/managed.ts";
import type { Engine } from "../engine/engine.ts";
import { readConfiguration } from "../http/configuration-schema.ts";
import type { Log } from "../ports/outside.ts";
import { readConfigurationFile, type ConfigurationFile } from "../system/configuration-file.ts";
import { wholeEnvironment, type Settings } from "../system/settings.ts";
import { FIRST_PROJECT } from "./first-start.ts";

/** Lines for whoever started it, when the file was not applied; throws them where there is nothing to watch. */
export async function configureAtStart(
  engine: Engine,
  settings: Settings,
  log: Log,
): Promise<readonly string[]> {
  const path = settings.config ?? (existsSync(CONFIGURATION_FILE) ? CONFIGURATION_FILE : null);
  if (path === null) return [];
  try {
    const { file, steps, unchanged, warnings } = await applied(engine, path);
    log.info("the configuration is applied", { file: path, changed: steps.length, unchanged });
    for (const line of file.located(warnings)) log.warn("the configuration is doubtful", { where: line });
    return [];
  } catch (thrown) {
    if (!(thrown instanceof RollcallError)) throw thrown;
    const page = { cursor: null, limit: 1 };
    const isWatching = (await engine.listMonitors({ project: FIRST_PROJECT, page })).items.length > 0;
    if (!isWatching) throw thrown;
    const reasons = thrown.message.split("\n");
    log.error("the configuration was not applied; what was there before is watched", { file: path, reasons });
    return [
      ...reasons,
      `The configuration ${path} was not applied: what was there before is watched. Mend it, then run: rollcall apply ${path}`,
    ];
  }
}

async function applied(engine: Engine, path: string) {
  const file = readConfigurationFile(path, wholeEnvironment());
  try {
    const { configuration, configured } = readConfiguration(file.document, file.name);
    const done = await engine.applyConfiguration({
      project: FIRST_PROJECT,
      configuration,
      configured,
      isPruning: false,
      by: `configuration ${configuration}`,
      expected: null,
    });
    return { ...done, file };
  } catch (thrown) {
    throw located(thrown, file);
  }
}

/** A mistake is told with its line, what was left undone with its sentence. */
function located(thrown: unknown, file: ConfigurationFile): unknown {
  if (!(thrown instanceof RollcallError) || thrown.problems.length === 0) return thrown;
  const sentences = thrown.code === "unavailable" ? [thrown.message] : [];
  const lines = [...sentences, ...file.located(thrown.problems)];
  return new RollcallError(thrown.code, lines.join("\n"), { problems: thrown.problems, cause: thrown });
}
