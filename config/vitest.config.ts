/** How the tests run: every file under test/, two at a time, after one build of the bundles they start. */
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** As the build reads them: a Lua file is its text. */
const luaAsText: Plugin = {
  name: "lua-as-text",
  transform: (source, id) =>
    id.endsWith(".lua") ? { code: `export default ${JSON.stringify(source)};`, map: null } : null,
};

export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  plugins: [luaAsText],
  test: {
    include: ["test/**/*.test.ts", "test/**/*.test.tsx"],
    globalSetup: ["test/global-setup.ts"],
    reporters: ["default", "config/closing-line.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What is waited for comes in its own time: a second is short where two files and their programs share a machine.
    expect: { poll: { timeout: 15_000 } },
    fileParallelism: true,
    maxWorkers: 2,
    // A test that leaves a stub or a changed environment behind must not decide another test's fate.
    unstubEnvs: true,
    unstubGlobals: true,
  },
});
