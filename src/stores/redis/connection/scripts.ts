/** Scripts that run inside Redis, each one Lua file: read at build time, known to the server by their hash. */
import { createHash } from "node:crypto";

export interface Script {
  name: string;
  source: string;
  sha: string;
}

/** Parts are joined: what several scripts share stands before what is their own. */
export function scriptOf(name: string, ...parts: readonly string[]): Script {
  const source = parts.join("\n");
  return { name, source, sha: createHash("sha1").update(source).digest("hex") };
}
