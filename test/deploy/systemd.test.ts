/** The units are what systemd accepts, and what they start is what the README installs, in the place it says. */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isRollcallReady } from "../../deploy/local/ports.mjs";
import { startLocally } from "../../deploy/local/start.mjs";
import { startChild } from "../e2e/server-program.ts";
import { until } from "../e2e/waiting.ts";
import { requirement } from "../requirements.ts";
import { sparePort } from "../spare-port.ts";
import { commandsIn, madeSecrets, PROJECT, read, unitValues } from "./reading.ts";

const UNITS = ["rollcall.service", "rollcall-backup.service", "rollcall-backup.timer"];
/** Of the scaled edition: an instance of each is named by its port. */
const ROLES = ["api", "worker"];
const TEMPLATES = ROLES.map((role) => `rollcall-${role}@.service`);
const analyze = requirement("systemd-analyze");
const redis = requirement("redis");

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rollcall-systemd-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

// Without systemd there is nothing that could judge a unit.
describe.skipIf(analyze === null)("systemd", () => {
  test("finds nothing wrong with the units", () => {
    const files = [...UNITS, ...TEMPLATES].map((unit) => {
      // The only command that is not on every machine; whether the README installs it is asked below.
      const text = read(`systemd/${unit}`).replaceAll("/usr/local/bin/rollcall", "/bin/true");
      const file = join(root, unit.replace("@", "@8377"));
      writeFileSync(file, text);
      return file;
    });
    const words = ["verify", ...files];
    const { status, stderr } = spawnSync(analyze?.path ?? "", words, { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test.each(["rollcall.service", ...TEMPLATES])("calls %s well confined", (name) => {
    const unit = join(root, name.replace("@", "@8377"));
    copyFileSync(join(PROJECT, "deploy/systemd", name), unit);
    const words = ["security", "--offline=true", "--threshold=20", unit];
    // Exit status 1 above the threshold, in tenths: https://www.freedesktop.org/software/systemd/man/systemd-analyze.html
    expect(spawnSync(analyze?.path ?? "", words).status).toBe(0);
  });
});

/** Carries out the install lines of the README below another root, as far as they put files in place. */
function install(): string[] {
  const below = (path: string): string => (path.startsWith("/") ? join(root, path) : path);
  const installed: string[] = [];
  for (const line of commandsIn(read("systemd/README.md"))) {
    const words = line.replace(/^sudo /, "").split(" ");
    if (words[0] !== "install" && words[0] !== "ln") continue;
    // Owners are users of the machine it is installed on.
    const kept = words.filter(
      (word, place) => !/^-[og]$/.test(word) && !/^-[og]$/.test(words[place - 1] ?? ""),
    );
    const [command = "", ...rest] = kept.flatMap((word) => expanded(word)).map(below);
    mkdirSync(below(dirname(words.at(-1) ?? "")), { recursive: true });
    if (words.at(-1)?.endsWith("/") === true) mkdirSync(below(words.at(-1) ?? ""), { recursive: true });
    execFileSync(command, rest, { cwd: PROJECT });
    installed.push(...words.filter((word) => word.startsWith("/")));
  }
  return installed;
}

/** As the shell would. */
function expanded(word: string): string[] {
  return word.includes("*") ? globSync(word, { cwd: PROJECT }) : [word];
}

test("what the README installs, the units start: it serves, is backed up and stops", async () => {
  const installed = install();
  const service = read("systemd/rollcall.service");
  const backup = read("systemd/rollcall-backup.service");
  const environment = {
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    ROLLCALL_PORT: "0",
    ...Object.fromEntries(
      unitValues(service, "Environment").map((pair) => pair.split("=") as [string, string]),
    ),
    ROLLCALL_DATA: join(root, "var/lib/rollcall"),
  };
  for (const unit of [service, backup]) {
    expect(unitValues(unit, "Environment")).toEqual(["ROLLCALL_DATA=/var/lib/rollcall"]);
    expect(unitValues(unit, "StateDirectory")).toEqual(["rollcall"]);
    expect(unitValues(unit, "EnvironmentFile")).toEqual(["-/etc/rollcall/environment"]);
  }
  expect(installed).toContain("/etc/rollcall/environment");

  const words = (unitValues(service, "ExecStart")[0] ?? "").split(" ");
  expect(words[0]).toBe("/usr/bin/env");
  const server = startChild(
    words.map((word) => (word.startsWith("/opt/") ? join(root, word) : word)),
    environment,
  );
  await until("a server that listens", () => /listening at (http\S+)/.exec(server.output().stdout)?.[1]);

  const [program = "", ...rest] = (unitValues(backup, "ExecStart")[0] ?? "").split(" ");
  expect(installed).toContain(program);
  const target = rest.at(-1) ?? "";
  expect(unitValues(backup, "ReadWritePaths").map((path) => `${path}/`)).toEqual([target]);
  const taken = await startChild([join(root, program), rest[0] ?? "", join(root, target)], environment).ended;
  expect(taken.code).toBe(0);
  const [, name = ""] = /Backed up to (\S+)\./.exec(taken.stderr) ?? [];
  // What find removes one day are these, and nothing else.
  expect(basename(name)).toMatch(/^rollcall-20/);
  expect(unitValues(backup, "ExecStartPost")[0]).toContain(
    " /var/backups/rollcall -mindepth 1 -maxdepth 1 -name rollcall-* ",
  );

  server.process.kill("SIGTERM");
  expect((await server.ended).code).toBe(0);
});

test("the processes over Redis are the same program in a role, on the port of their instance, no less confined", () => {
  const installed = install();
  const alone = read("systemd/rollcall.service");
  const confinement = (unit: string): string[] =>
    unit.slice(unit.indexOf("CapabilityBoundingSet=")).split("\n[Install]")[0]?.split("\n") ?? [];
  expect(confinement(alone).length).toBeGreaterThan(15);
  const started = commandsIn(read("systemd/README.md")).join("\n");
  for (const role of ROLES) {
    const unit = read(`systemd/rollcall-${role}@.service`);
    const [start = ""] = unitValues(alone, "ExecStart");
    expect(unitValues(unit, "ExecStart")).toEqual([
      `${start.replace("/env node", "/env ROLLCALL_PORT=%i node")} --role ${role}`,
    ]);
    expect(confinement(unit)).toEqual(confinement(alone));
    const [file = ""] = unitValues(unit, "EnvironmentFile");
    expect(installed).toContain(file);
    expect(started).toMatch(new RegExp(`enable --now .*rollcall-${role}@\\d+`));
    expect(started).toContain(`sh deploy/secrets.sh >> ${file}'`);
  }
});

// Without Redis they have nothing to share.
test.skipIf(redis === null)(
  "with the settings and secrets that the README installs, they share a Redis",
  async () => {
    install();
    const settings = readFileSync(join(root, "etc/rollcall/scaled"), "utf8").match(/^[A-Z]\w+=.*$/gm) ?? [];
    const { redisUrl, stop } = await startLocally({
      apis: 0,
      workers: 0,
      data: join(root, "redis"),
      tell: () => undefined,
    });
    const environment = {
      PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
      ...Object.fromEntries(settings.map((line) => line.split("=", 2) as [string, string])),
      ...madeSecrets(),
      ROLLCALL_REDIS_URL: redisUrl,
    };
    const ports = await Promise.all(ROLES.map(() => sparePort()));
    const servers = ROLES.map((role, place) => {
      const [start = ""] = unitValues(read(`systemd/rollcall-${role}@.service`), "ExecStart");
      const words = start.replace("%i", String(ports[place])).split(" ");
      return startChild(
        words.map((word) => (word.startsWith("/opt/") ? join(root, word) : word)),
        environment,
      );
    });
    try {
      for (const port of ports) await until("a process that is ready", () => isRollcallReady(port));
    } finally {
      for (const server of servers) server.process.kill("SIGTERM");
    }
    expect(await Promise.all(servers.map(async ({ ended }) => (await ended).code))).toEqual([0, 0]);
    await stop();
  },
);
