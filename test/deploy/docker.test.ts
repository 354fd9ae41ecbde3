/**
 * The Dockerfile's instructions carried out one after the other below a folder that stands for the image: the same
 * files, commands and environment, without the isolation. Installing packages is left out, since they are here.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { type Child, startChild } from "../e2e/server-program.ts";
import { until } from "../e2e/waiting.ts";
import { sparePort } from "../spare-port.ts";
import { type Instruction, instructionsIn, PROJECT, read } from "./reading.ts";

const instructions = instructionsIn(read("docker/Dockerfile"));
const ignored = read("docker/Dockerfile.dockerignore");

let root: string;
let image: Image;

/** What the last stage is run with. */
interface Image {
  environment: Record<string, string>;
  start: string[];
  health: string[];
  instructions: Instruction[];
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "rollcall-image-"));
  image = await made();
}, 120_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** An absolute path of the image, below the folder that stands for it. */
const inImage = (text: string): string =>
  text.replaceAll(/(?<![\w.:/])\/(?=(src|opt|data|usr\/local)\b)/g, `${root}/`);

async function made(): Promise<Image> {
  let stage: Image = { environment: {}, start: [], health: [], instructions: [] };
  let folder = root;
  for (const instruction of instructions) {
    const { name, value } = instruction;
    if (name === "FROM") {
      stage = { environment: {}, start: [], health: [], instructions: [] };
      folder = root;
    }
    stage.instructions.push(instruction);
    if (name === "WORKDIR") mkdirSync((folder = inImage(value)), { recursive: true });
    if (name === "COPY") copy(value, folder);
    if (name === "RUN") await run(value, folder);
    if (name === "ENV") Object.assign(stage.environment, Object.fromEntries(pairs(value)));
    if (name === "ENTRYPOINT" || name === "CMD") stage.start.push(...(JSON.parse(value) as string[]));
    if (name === "HEALTHCHECK") stage.health = JSON.parse(value.slice(value.indexOf("[")).trim()) as string[];
  }
  return stage;
}

function copy(value: string, folder: string): void {
  const words = value.split(" ").filter((word) => !word.startsWith("--"));
  const isFromContext = !value.includes("--from=");
  const to = words.at(-1) ?? "";
  for (const from of words.slice(0, -1)) {
    if (isFromContext) expect(ignored.split("\n")).toContain(`!${from.replace(/^\.\//, "")}`);
    const source = isFromContext ? join(PROJECT, from) : inImage(from);
    const target = to.startsWith("/") ? inImage(to) : join(folder, to);
    cpSync(source, to.endsWith("/") ? join(target, basename(from)) : target, {
      recursive: true,
      filter: (path) => !/node_modules|\.installing|\.staging/.test(path),
    });
  }
}

async function run(command: string, folder: string): Promise<void> {
  if (command === "npm ci") return symlinkSync(join(PROJECT, "node_modules"), join(folder, "node_modules"));
  mkdirSync(join(root, "usr/local/bin"), { recursive: true });
  // The image's user is not one of this machine.
  writeFileSync(join(root, "usr/local/bin/chown"), "#!/bin/sh\n", { mode: 0o755 });
  const words = ["sh", "-ec", `cd "${folder}"; ${inImage(command)}`];
  const { code, stderr } = await startChild(words, { ...process.env, ...inPath() }).ended;
  expect({ command, code, stderr: code === 0 ? "" : stderr }).toEqual({ command, code: 0, stderr: "" });
}

function inPath(): { PATH: string } {
  return { PATH: `${join(root, "usr/local/bin")}:${dirname(process.execPath)}:/usr/bin:/bin` };
}

function pairs(value: string): [string, string][] {
  return value.split(" ").map((pair) => pair.split("=") as [string, string]);
}

function started(more: Record<string, string>, words = image.start): Child {
  const environment = Object.fromEntries(
    Object.entries(image.environment).map(([name, value]) => [name, inImage(value)]),
  );
  return startChild(words.map(inImage), { ...environment, ...inPath(), ...more });
}

test(
  "the image serves from its volume, knows its health and stops when it is told to",
  { timeout: 60_000 },
  async () => {
    const port = String(await sparePort());
    const health = (): Promise<number | null> =>
      started({ ROLLCALL_PORT: port }, image.health).ended.then(({ code }) => code);
    expect(await health()).toBe(1);
    const server = started({ ROLLCALL_PORT: port });
    await until("a server that is ready", async () => (await health()) === 0);
    // To every address of the container, or nothing that is published would reach it.
    expect(image.environment["ROLLCALL_HOST"]).toBe("0.0.0.0");
    expect(server.output().stdout).toContain(join(root, "data/first-start.txt"));
    const backup = await started({}, ["rollcall", "backup", "/data/backups/"]).ended;
    expect(backup.stderr).toMatch(/^Backed up to .*\/data\/backups\/rollcall-20/);
    server.process.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);
    expect(await health()).toBe(1);
    const [, name = ""] = /Backed up to (\S+)\./.exec(backup.stderr) ?? [];
    const entry = image.start.slice(0, -1);
    const restored = await started({}, [...entry, "restore", name, "--force"]).ended;
    expect(restored).toMatchObject({ code: 0, stderr: expect.stringMatching(/^Restored the backup/) });
  },
);

test("it is run by a user who is not root, and holds neither sources nor packages", () => {
  const user = image.instructions.find(({ name }) => name === "USER");
  expect(user?.value).toBe("node");
  const last = image.instructions.map(({ name, value }) => `${name} ${value}`);
  expect(
    last.filter((line) => /^(COPY|ADD)/.test(line)).every((line) => line.includes("--from=build /src/dist/")),
  ).toBe(true);
  expect(last).toContain("VOLUME /data");
  expect(ignored.split("\n").find((line) => line !== "" && !line.startsWith("#"))).toBe("*");
});

test("compose builds this file, from a context in which it is, into the volume it declares", () => {
  const compose = parse(read("docker/compose.yaml")) as {
    services: { rollcall: { build: { context: string; dockerfile: string }; volumes: string[] } };
    volumes: Record<string, unknown>;
  };
  const { build, volumes } = compose.services.rollcall;
  expect(existsSync(join(PROJECT, "deploy/docker", build.context, build.dockerfile))).toBe(true);
  expect(volumes).toEqual(["data:/data"]);
  expect(Object.keys(compose.volumes)).toEqual(["data"]);
});
