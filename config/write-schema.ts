/**
 * Writes config/rollcall.schema.json anew from the definitions that the server reads configurations with:
 * `npm run schema`. A test fails while the file is stale.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { allChannels } from "../src/channels/all.ts";
import { configurationJsonSchema } from "../src/http/configuration-schema.ts";

const FILE = fileURLToPath(new URL("rollcall.schema.json", import.meta.url));

writeFileSync(FILE, `${JSON.stringify(configurationJsonSchema(allChannels), null, 2)}\n`);
spawnSync("oxfmt", ["-c", "config/oxfmt.json", "--write", FILE], { stdio: "inherit" });
