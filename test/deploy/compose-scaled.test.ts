/** The containers of the scaled edition fit each other, the image, the proxy's file and what the README says of them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readSettings } from "../../src/system/settings.ts";
import { requirement } from "../requirements.ts";
import { commandsIn, DEPLOY, instructionsIn, madeSecrets, OPERATOR_PATHS, read } from "./reading.ts";
import { LOSES_NOTHING, redisSettings } from "./redis-settings.ts";

interface Container {
  image: string;
  command?: string[];
  restart: string;
  stop_grace_period: string;
  healthcheck?: { test: string[] };
  env_file?: string[];
  environment?: Record<string, string>;
  networks: string[];
  volumes?: string[];
  ports?: string[];
  deploy?: { replicas: number };
  read_only: boolean;
  cap_drop: string[];
}
const compose = parse(read("docker/compose.scaled.yaml"), { merge: true }) as {
  services: Record<string, Container>;
  networks: { store: { internal: boolean }; front: { ipam: { config: { subnet: string }[] } } };
  volumes: Record<string, unknown>;
};
const { services, networks } = compose;
const containers = Object.entries(services);
const ofImage = containers.filter(([, { image }]) => image === "rollcall");
const image = instructionsIn(read("docker/Dockerfile"));
const valueOf = (name: string): string => image.find((each) => each.name === name)?.value ?? "";
const redis = requirement("redis");

test("two APIs and two workers are what the image's program is started as", () => {
  expect(valueOf("ENTRYPOINT")).toMatch(/server\.mjs"\]$/);
  expect(
    ofImage.map(([name, { command, deploy }]) => [name, command?.join(" "), deploy?.replicas ?? 1]),
  ).toEqual([
    ["api-1", "serve --role api", 1],
    ["api-2", "serve --role api", 1],
    ["worker", "serve --role worker", 2],
  ]);
});

test("all are looked after: started again, asked for their health, given time to end, and confined", () => {
  for (const [name, each] of containers) {
    const health =
      each.healthcheck?.test.join(" ") ?? (each.image === "rollcall" ? valueOf("HEALTHCHECK") : "");
    expect([name, each.restart, each.read_only, each.cap_drop]).toEqual([
      name,
      "unless-stopped",
      true,
      ["ALL"],
    ]);
    expect([name, health]).toEqual([name, expect.stringMatching(/\/readyz|\/healthz|redis-cli ping/)]);
    expect([name, each.stop_grace_period]).toEqual([name, expect.stringMatching(/^\d+[sm]$/)]);
  }
});

test("only the proxy can be reached, from this machine; Redis by nobody but Rollcall", () => {
  const published = containers.flatMap(([name, { ports = [] }]) => ports.map((port) => `${name} ${port}`));
  expect(published).toEqual(["proxy 127.0.0.1:8377:8377"]);
  expect(networks.store.internal).toBe(true);
  expect(containers.flatMap(([name, each]) => (each.networks.includes("store") ? [name] : []))).toEqual([
    ...ofImage.map(([name]) => name),
    "redis",
  ]);
});

test("the proxy knows each API by its name and port, asks a path that is there, and is trusted by them", () => {
  const caddyfile = read("docker/Caddyfile");
  const [, upstreams = ""] = /reverse_proxy (.*) \{/.exec(caddyfile) ?? [];
  const port = valueOf("EXPOSE");
  const apis = ofImage.filter(([name]) => name.startsWith("api"));
  expect(upstreams.split(" ")).toEqual(apis.map(([name]) => `${name}:${port}`));
  expect(OPERATOR_PATHS).toContain(/health_uri (\S+)/.exec(caddyfile)?.[1]);
  for (const [, { environment }] of apis) {
    expect(environment?.["ROLLCALL_TRUSTED_PROXIES"]).toBe(networks.front.ipam.config[0]?.subnet);
  }
});

test("the secrets come from the file that the README makes, and the server takes them", () => {
  const line = commandsIn(read("docker/README.md")).find((each) => each.includes("secrets.sh")) ?? "";
  for (const [, { env_file: files }] of ofImage) {
    expect(files?.map((file) => `> deploy/docker/${file})`)).toEqual([/> .*$/.exec(line)?.[0]]);
  }
  const { ROLLCALL_VAULT_KEY: vault, ...keys } = madeSecrets();
  expect(vault).toMatch(/^[0-9a-f]{64}$/);
  expect(readSettings(keys)).toMatchObject({
    adminKey: expect.any(String) as string,
    pingKey: expect.any(String) as string,
  });
  expect(madeSecrets()["ROLLCALL_VAULT_KEY"]).not.toBe(vault);
});

// Without Redis nothing can say what it makes of its words.
describe.skipIf(redis === null)("Redis", () => {
  test("started as it says, loses nothing and forgets nothing", async () => {
    const { command = [], volumes = [] } = services["redis"] ?? {};
    const [from, to] = volumes[0]?.split(":") ?? [];
    expect([existsSync(join(DEPLOY, "docker", from ?? "")), to]).toEqual([true, command[1]]);
    const words = command.map((word) => word.replace(/^\$\{\w+:-(\w+)\}$/, "$1"));
    expect(await redisSettings(words)).toMatchObject({ ...LOSES_NOTHING, maxmemory: String(2 ** 30) });
  });
});
