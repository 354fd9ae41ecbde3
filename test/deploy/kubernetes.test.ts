/**
 * The manifests fit each other and the program: selectors find pods, ports and probes meet what listens, settings are
 * ones, and Redis is started as a store. Their shape is what a cluster would check; here it is what could be wrong unseen.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { requirement } from "../requirements.ts";
import {
  commandsIn,
  deployFiles,
  instructionsIn,
  madeSecrets,
  OPERATOR_PATHS,
  PROJECT,
  read,
} from "./reading.ts";
import { LOSES_NOTHING, redisSettings } from "./redis-settings.ts";

type Labels = Record<string, string>;
interface Probe {
  httpGet?: { path: string; port: string };
  exec?: { command: string[] };
}
interface Container {
  name: string;
  image: string;
  args: string[];
  ports: { name: string; containerPort: number }[];
  envFrom?: { configMapRef?: { name: string }; secretRef?: { name: string } }[];
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  startupProbe?: Probe;
  lifecycle?: { preStop: { exec: { command: string[] } } };
  resources: { requests: Labels; limits: Labels };
  securityContext: unknown;
  volumeMounts: { name: string; mountPath: string }[];
}
interface Pod {
  metadata: { labels: Labels; annotations?: Labels };
  spec: {
    enableServiceLinks: boolean;
    automountServiceAccountToken: boolean;
    terminationGracePeriodSeconds: number;
    topologySpreadConstraints?: { labelSelector: { matchLabels: Labels } }[];
    securityContext: { runAsNonRoot: boolean; runAsUser: number };
    containers: Container[];
    volumes: { name: string; configMap?: { name: string } }[];
  };
}
interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels: Labels };
  data?: Labels;
  stringData?: Labels;
  spec: {
    replicas?: number;
    selector: Labels | { matchLabels: Labels };
    podSelector?: { matchLabels: Labels };
    template: Pod;
    ports: { port: number; targetPort: string }[];
    maxUnavailable?: number;
    serviceName?: string;
    volumeClaimTemplates?: { metadata: { name: string } }[];
  };
}

const all = deployFiles()
  .filter((file) => /^kubernetes\/.*\.yaml$/.test(file))
  .flatMap((file) => parseAllDocuments(read(file)).map((each) => each.toJS() as Manifest));
const ofKind = (kind: string): Manifest[] => all.filter((each) => each.kind === kind);
const named = (kind: string, name: string): Manifest | undefined =>
  ofKind(kind).find(({ metadata }) => metadata.name === name);
const workloads = [...ofKind("Deployment"), ...ofKind("StatefulSet")];
const deployments = ofKind("Deployment");
const containerOf = ({ spec }: Manifest): Container => spec.template.spec.containers[0] as Container;
const labelsOf = (selector: Labels | { matchLabels: Labels } | undefined): Labels =>
  ((selector as { matchLabels?: Labels })?.matchLabels ?? selector ?? {}) as Labels;
const selected = (labels: Labels): string[] =>
  workloads
    .filter(({ spec }) => {
      const own = spec.template.metadata.labels;
      return Object.entries(labels).every(([name, value]) => own[name] === value);
    })
    .map(({ metadata }) => metadata.name);
const readme = commandsIn(read("kubernetes/README.md"));
const image = instructionsIn(read("docker/Dockerfile"));
const redis = requirement("redis");

test("each kind is of the version in which it is stable, and each name is there once", () => {
  const versions = new Set(all.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`));
  expect([...versions].sort()).toEqual([
    "apps/v1 Deployment",
    "apps/v1 StatefulSet",
    "networking.k8s.io/v1 NetworkPolicy",
    "policy/v1 PodDisruptionBudget",
    "v1 ConfigMap",
    "v1 Secret",
    "v1 Service",
  ]);
  const names = all.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  expect(new Set(names).size).toBe(names.length);
});

test("every selector finds the pods of one workload, which is its own", () => {
  for (const workload of workloads) {
    const { metadata, spec } = workload;
    expect(selected(labelsOf(spec.selector))).toEqual([metadata.name]);
    for (const { labelSelector } of spec.template.spec.topologySpreadConstraints ?? []) {
      expect(selected(labelSelector.matchLabels)).toEqual([metadata.name]);
    }
  }
  const others = ["Service", "PodDisruptionBudget", "NetworkPolicy"].flatMap(ofKind);
  const found = others.map((each) => [
    `${each.kind} ${each.metadata.name}`,
    ...selected(labelsOf(each.spec.podSelector ?? each.spec.selector)),
  ]);
  expect(found).toEqual([
    ["Service rollcall", "rollcall-api"],
    ["Service rollcall-redis", "rollcall-redis"],
    ["PodDisruptionBudget rollcall-api", "rollcall-api"],
    ["PodDisruptionBudget rollcall-worker", "rollcall-worker"],
    ["NetworkPolicy rollcall-redis", "rollcall-redis"],
  ]);
});

describe.each(deployments.map((each) => [each.metadata.name, each] as const))("%s", (name, deployment) => {
  const container = containerOf(deployment);
  const pod = deployment.spec.template.spec;

  test("starts the program of the image in its role, more than once, and leaves one when a node goes", () => {
    expect(`rollcall-${container.args.at(-1)}`).toBe(name);
    expect(container.args.slice(0, -1)).toEqual(["serve", "--role"]);
    expect(deployment.spec.replicas).toBeGreaterThan(1);
    expect(named("PodDisruptionBudget", name)?.spec.maxUnavailable).toBe(1);
  });

  test("is asked at paths that are there, on the port that it listens on", () => {
    const probes = [container.livenessProbe, container.readinessProbe, container.startupProbe];
    const [port] = container.ports;
    for (const probe of probes) {
      expect(OPERATOR_PATHS).toContain(probe?.httpGet?.path);
      expect(probe?.httpGet?.port).toBe(port?.name);
    }
    expect(container.livenessProbe?.httpGet?.path).toBe("/healthz");
    expect(container.readinessProbe?.httpGet?.path).toBe("/readyz");
    expect(String(port?.containerPort)).toBe(image.find((each) => each.name === "EXPOSE")?.value);
    const annotations = deployment.spec.template.metadata.annotations ?? {};
    expect(annotations["prometheus.io/port"]).toBe(String(port?.containerPort));
    expect(OPERATOR_PATHS).toContain(annotations["prometheus.io/path"]);
  });

  test("has its settings from what is there, and none that Kubernetes makes up", () => {
    const [settings, secrets] = container.envFrom ?? [];
    expect(named("ConfigMap", settings?.configMapRef?.name ?? "")?.data).toBeDefined();
    expect(named("Secret", secrets?.secretRef?.name ?? "")?.stringData).toBeDefined();
    expect(readme.join("\n")).toContain(`kubectl create secret generic ${secrets?.secretRef?.name} `);
    // A service called rollcall would else be told as ROLLCALL_PORT=tcp://…
    expect(pod.enableServiceLinks).toBe(false);
  });

  test("may nothing that it does not need, and has time to end", () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    const mounted = container.volumeMounts.map((mount) => mount.name);
    expect([...new Set(mounted)]).toEqual(pod.volumes.map((volume) => volume.name));
    const waitSeconds = Number(container.lifecycle?.preStop.exec.command[1] ?? 0);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(waitSeconds + 40);
    expect(container.resources.limits["cpu"]).toBeUndefined();
  });
});

test("what leads to the APIs and to Redis meets a port of theirs", () => {
  for (const { metadata, spec } of ofKind("Service")) {
    const [workload] = workloads.filter((each) =>
      selected(labelsOf(spec.selector)).includes(each.metadata.name),
    );
    const names = workload === undefined ? [] : containerOf(workload).ports.map((port) => port.name);
    expect([metadata.name, names]).toEqual([metadata.name, spec.ports.map((port) => port.targetPort)]);
  }
  const url = new URL(named("ConfigMap", "rollcall")?.data?.["ROLLCALL_REDIS_URL"] ?? "");
  const service = named("Service", url.hostname);
  expect(String(service?.spec.ports[0]?.port)).toBe(url.port);
  expect(named("StatefulSet", "rollcall-redis")?.spec.serviceName).toBe(url.hostname);
});

test("the example of the secret has what the script makes, and nothing of it lies here", () => {
  const example = named("Secret", "rollcall")?.stringData ?? {};
  expect(Object.keys(example)).toEqual(Object.keys(madeSecrets()));
  expect(new Set(Object.values(example))).toEqual(new Set([""]));
});

test("the README applies every manifest but the example, and names containers and files that are there", () => {
  const applied = readme.flatMap((line) => line.match(/(?<=-f )deploy\/kubernetes\/\S+/g) ?? []);
  const manifests = deployFiles().filter((file) => /^kubernetes\/.*\.yaml$/.test(file));
  expect(applied.map((file) => file.replace("deploy/", "")).sort()).toEqual(
    manifests.filter((file) => !file.includes("example")).sort(),
  );
  const files = readme.flatMap((line) => line.match(/deploy\/[\w./-]+\.\w+/g) ?? []);
  expect(files.filter((file) => !existsSync(join(PROJECT, file)))).toEqual([]);
  const images = readme.flatMap((line) => {
    const [, name = "", container] = /set image .*deployment\/(\S+) (\w+)=/.exec(line) ?? [];
    return container === undefined ? [] : [[name, container]];
  });
  expect(images).toEqual(deployments.map((each) => [each.metadata.name, containerOf(each).name]));
});

// Without Redis nothing can say what it makes of its words.
describe.skipIf(redis === null)("Redis", () => {
  const stateful = named("StatefulSet", "rollcall-redis") as Manifest;
  const container = containerOf(stateful);

  test("started as it says, loses nothing, forgets nothing and has room to write its file anew", async () => {
    const words = container.args.filter((word, place, all) => word !== "--dir" && all[place - 1] !== "--dir");
    const settings = await redisSettings(words);
    expect(settings).toMatchObject(LOSES_NOTHING);
    expect(container.resources.limits["memory"]).toBe("2Gi");
    expect(Number(settings["maxmemory"])).toBe(2 ** 30);
  });

  test("keeps its file on the volume, and has its settings from the file that the README names", () => {
    expect(container.args[container.args.indexOf("--dir") + 1]).toBe("/data");
    const places = Object.fromEntries(container.volumeMounts.map(({ name, mountPath }) => [name, mountPath]));
    expect(places["data"]).toBe("/data");
    expect(stateful.spec.volumeClaimTemplates?.map(({ metadata }) => metadata.name)).toEqual(["data"]);
    expect(container.args[1]).toBe(`${places["settings"]}/redis.conf`);
    const [volume] = stateful.spec.template.spec.volumes;
    expect(readme.join("\n")).toContain(
      `kubectl create configmap ${volume?.configMap?.name} -n rollcall --from-file=deploy/redis/redis.conf`,
    );
  });
});
