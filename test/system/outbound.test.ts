/** The outbound guard: what it refuses, what it lets through, and that a name cannot change its mind in between. */
import { createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { OutboundError, type Outbound, type OutboundRequest } from "../../src/ports/outbound.ts";
import { readAllowList, whyClosed } from "../../src/system/outbound-addresses.ts";
import { createOutbound } from "../../src/system/outbound.ts";
import { answering, hanging, startHttpReceiver, type HttpReceiver } from "../stubs/http-receiver.ts";

const LOOPBACK = ["127.0.0.1"];

let receiver: HttpReceiver;
beforeEach(async () => {
  receiver = await startHttpReceiver(answering({ status: 200, headers: { "X-Seen": "yes" }, body: "taken" }));
});
afterEach(() => receiver.close());

const post = (url: string): OutboundRequest => ({
  url,
  method: "POST",
  headers: { "content-type": "text/plain" },
  body: "hello",
});

async function refusal(work: Promise<unknown>): Promise<OutboundError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OutboundError);
  return error as OutboundError;
}

describe("addresses", () => {
  test.each([
    ["127.0.0.1", "loopback"],
    ["127.255.0.9", "loopback"],
    ["::1", "loopback"],
    ["10.1.2.3", "private"],
    ["172.16.0.1", "private"],
    ["192.168.1.1", "private"],
    ["fd12::1", "private"],
    ["169.254.1.1", "link-local"],
    ["fe80::1", "link-local"],
    ["100.64.0.1", "carrier-grade NAT"],
    ["100.100.100.200", "carrier-grade NAT"],
    ["224.0.0.1", "multicast"],
    ["ff02::1", "multicast"],
    ["255.255.255.255", "broadcast"],
    ["0.0.0.0", "unspecified"],
    ["0.1.2.3", "unspecified"],
    ["::", "unspecified"],
    ["169.254.169.254", "metadata"],
    ["168.63.129.16", "metadata"],
    ["fd00:ec2::254", "private"],
    ["192.0.0.192", "reserved"],
    ["198.51.100.7", "reserved"],
    ["240.0.0.1", "reserved"],
    ["2001:db8::1", "reserved"],
    ["fec0::1", "reserved"],
    ["::ffff:10.0.0.1", "private"],
    ["::ffff:169.254.169.254", "metadata"],
    ["2002:7f00:1::", "loopback"],
    ["2002:a9fe:a9fe::1", "metadata"],
    ["64:ff9b::10.0.0.1", "private"],
    ["64:ff9b:1::8.8.8.8", "reserved"],
    ["::127.0.0.1", "loopback"],
    ["::7f00:1", "reserved"],
    ["2001:0:4136:e378:8000:63bf:3fff:fdd2", "reserved"],
    ["4000::1", "reserved"],
    ["localhost", "not an IP"],
  ])("%s is closed (%s)", (address, word) => {
    expect(whyClosed(address, [])).toContain(word);
  });

  test.each([
    "8.8.8.8",
    "1.1.1.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
  ])("%s is open", (address) => {
    expect(whyClosed(address, [])).toBeNull();
  });

  test("an allowed address or range is open, also as an IPv4-mapped one, and its neighbours stay closed", () => {
    const allowed = readAllowList(["10.1.0.0/16", "192.168.1.5", "fd00::/8"]);
    for (const open of ["10.1.255.1", "::ffff:10.1.0.1", "192.168.1.5", "fd12::9"]) {
      expect(whyClosed(open, allowed)).toBeNull();
    }
    for (const closed of ["10.2.0.1", "192.168.1.6", "fe80::1"])
      expect(whyClosed(closed, allowed)).not.toBeNull();
  });

  test("an entry that is neither an address nor a range is refused by name", () => {
    expect(() => readAllowList(["internal.example"])).toThrow(/ROLLCALL_OUTBOUND_ALLOW.*internal\.example/);
  });
});

describe("requests", () => {
  test("an allowed address gets the request, and its answer comes back", async () => {
    const outbound = createOutbound({ allow: LOOPBACK });
    const answer = await outbound.request(post(`${receiver.url}/hook?x=1`));
    expect(answer).toMatchObject({ status: 200, body: "taken", headers: { "x-seen": "yes" } });
    expect(receiver.received).toMatchObject([{ method: "POST", path: "/hook?x=1", body: "hello" }]);
  });

  test.each(["127.0.0.1", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0.0.0.0"])(
    "http://%s is refused by default and the setting is named",
    async (host) => {
      const outbound = createOutbound({ allow: [] });
      const error = await refusal(outbound.request(post(`http://${host}:${receiver.port}/secret-path`)));
      expect(error.code).toBe("address_refused");
      expect(error.message).toContain("ROLLCALL_OUTBOUND_ALLOW");
      expect(error.message).not.toContain("secret-path");
      expect(receiver.received).toEqual([]);
    },
  );

  test("a name is refused when any one of its addresses is closed", async () => {
    const resolve = async () => [
      { address: "8.8.8.8", family: 4 },
      { address: "127.0.0.1", family: 4 },
    ];
    const error = await refusal(createOutbound({ allow: [], resolve }).request(post("http://two.example/")));
    expect(error.code).toBe("address_refused");
    expect(error.message).toContain("two.example is at 127.0.0.1");
  });

  test("a name that answers well once and privately the next time is refused the next time", async () => {
    const answers = ["127.0.0.1", "127.0.0.2"];
    const resolve = async () => [{ address: answers.shift() ?? "127.0.0.2", family: 4 }];
    const outbound = createOutbound({ allow: LOOPBACK, resolve });
    const url = `http://rebinding.example:${receiver.port}/`;
    expect((await outbound.request(post(url))).status).toBe(200);
    expect((await refusal(outbound.request(post(url)))).code).toBe("address_refused");
    expect(receiver.received).toHaveLength(1);
  });

  test("each exchange asks for the name once and connects to that very answer", async () => {
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return [{ address: asked === 1 ? "127.0.0.1" : "127.0.0.2", family: 4 }];
    };
    await createOutbound({ allow: LOOPBACK, resolve }).request(post(`http://once.example:${receiver.port}/`));
    expect(asked).toBe(1);
  });

  test("GET and HEAD are sent without a body, POST and PUT with it", async () => {
    const outbound = createOutbound({ allow: LOOPBACK });
    for (const method of ["GET", "HEAD", "POST", "PUT"] as const) {
      expect((await outbound.request({ ...post(receiver.url), method })).status).toBe(200);
    }
    expect(receiver.received.map(({ method, body }) => `${method} ${body}`.trim())).toEqual([
      "GET",
      "HEAD",
      "POST hello",
      "PUT hello",
    ]);
  });

  test.each([301, 302, 307, 308])("a redirect (%i) is an answer and is not followed", async (status) => {
    receiver.answer = answering({ status, headers: { location: `${receiver.url}/elsewhere` } });
    const answer = await createOutbound({ allow: LOOPBACK }).request(post(`${receiver.url}/here`));
    expect(answer).toMatchObject({ status, headers: { location: `${receiver.url}/elsewhere` } });
    expect(receiver.received.map(({ path }) => path)).toEqual(["/here"]);
  });

  test.each(["ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)", "not a url"])(
    "%s is refused: only http and https",
    async (url) => {
      expect((await refusal(createOutbound({ allow: [] }).request(post(url)))).code).toBe("address_refused");
    },
  );

  test("credentials in a URL are refused and not repeated", async () => {
    const error = await refusal(
      createOutbound({ allow: LOOPBACK }).request(post("http://bob:hunter2@127.0.0.1/")),
    );
    expect(error.code).toBe("address_refused");
    expect(error.message).not.toContain("hunter2");
  });

  test("a receiver that never answers is given up on", async () => {
    receiver.answer = hanging;
    const outbound = createOutbound({ allow: LOOPBACK, timeoutMs: 60 });
    const error = await refusal(outbound.request(post(`${receiver.url}/hang`)));
    expect(error).toMatchObject({ code: "timeout", message: "127.0.0.1 did not answer within 60ms." });
  });

  test("a body that dribbles is bounded by the same total time", async () => {
    receiver.answer = (_received, response) => {
      response.writeHead(200);
      response.write("x");
    };
    const outbound = createOutbound({ allow: LOOPBACK, timeoutMs: 60 });
    expect((await refusal(outbound.request(post(receiver.url)))).code).toBe("timeout");
  });

  test("a name that takes too long to resolve is given up on", async () => {
    const resolve = () => new Promise<never>(() => undefined);
    const outbound = createOutbound({ allow: [], timeoutMs: 60, resolve });
    expect((await refusal(outbound.request(post("http://slow.example/")))).code).toBe("timeout");
  });

  test("an answer is read up to the limit and no further", async () => {
    receiver.answer = answering({ status: 200, body: "x".repeat(LIMITS.responseReadBytes + 5_000) });
    const answer = await createOutbound({ allow: LOOPBACK }).request(post(receiver.url));
    expect(answer.body).toHaveLength(LIMITS.responseReadBytes);
  });

  test("a port where nobody listens and a name that does not exist are told apart", async () => {
    await receiver.close();
    const outbound = createOutbound({ allow: LOOPBACK });
    expect(await refusal(outbound.request(post(receiver.url)))).toMatchObject({
      code: "connect",
      message: "The connection to 127.0.0.1 failed (ECONNREFUSED).",
    });
    const resolve = () => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" }));
    const unknown = createOutbound({ allow: LOOPBACK, resolve });
    expect((await refusal(unknown.request(post("http://gone.example/")))).code).toBe("dns");
  });

  test("https to a server that speaks no TLS is told as such", async () => {
    const url = receiver.url.replace("http:", "https:");
    expect((await refusal(createOutbound({ allow: LOOPBACK }).request(post(url)))).code).toBe("tls");
  });
});

describe("fetch for clients that bring their own", () => {
  type Fetch = (url: string, init: { method: string; body: string }) => Promise<Response>;
  const fetchOf = (outbound: Outbound) => outbound.fetch as Fetch;

  test("it carries a request through the same guard", async () => {
    const answer = await fetchOf(createOutbound({ allow: LOOPBACK }))(receiver.url, {
      method: "POST",
      body: "a=b",
    });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe("taken");
    expect(receiver.received).toMatchObject([{ method: "POST", body: "a=b" }]);
  });

  test("it refuses what the guard refuses", async () => {
    const error = await refusal(
      fetchOf(createOutbound({ allow: [] }))(receiver.url, { method: "POST", body: "" }),
    );
    expect(error.code).toBe("address_refused");
  });
});

describe("sockets for other protocols", () => {
  async function withServer(work: (port: number) => Promise<void>): Promise<void> {
    const open = new Set<Socket>();
    const server = createServer((socket) => {
      open.add(socket);
      socket.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const address = server.address();
    try {
      await work(address !== null && typeof address === "object" ? address.port : 0);
    } finally {
      for (const socket of open) socket.destroy();
      server.close();
    }
  }

  test("an allowed address is connected to", async () => {
    await withServer(async (port) => {
      const socket = (await createOutbound({ allow: LOOPBACK }).connect({
        host: "127.0.0.1",
        port,
      })) as Socket;
      expect(socket.remotePort).toBe(port);
      socket.destroy();
    });
  });

  test("a closed address and a name that leads to one are refused and the setting is named", async () => {
    await withServer(async (port) => {
      const resolve = async () => [{ address: "127.0.0.1", family: 4 }];
      const outbound = createOutbound({ allow: [], resolve });
      for (const host of ["127.0.0.1", "mail.example"]) {
        const error = await refusal(outbound.connect({ host, port }));
        expect(error.code).toBe("address_refused");
        expect(error.message).toContain("ROLLCALL_OUTBOUND_ALLOW");
      }
    });
  });

  test("a conversation that takes too long is ended with a timeout", async () => {
    await withServer(async (port) => {
      const outbound = createOutbound({ allow: LOOPBACK, timeoutMs: 60 });
      const socket = (await outbound.connect({ host: "127.0.0.1", port })) as Socket;
      await new Promise((resolve) => {
        socket.once("close", resolve);
      });
      expect(socket.errored).toMatchObject({ code: "timeout" });
    });
  });

  test("a port that is none is refused", async () => {
    const outbound = createOutbound({ allow: LOOPBACK });
    expect((await refusal(outbound.connect({ host: "127.0.0.1", port: 70_000 }))).code).toBe("connect");
  });
});
