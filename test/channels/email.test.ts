/** The email channel against a real SMTP server: the channel contract, threads, encryption, logins, header injection. */
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { email } from "../../src/channels/email.ts";
import type { Message } from "../../src/ports/channel.ts";
import { createOutbound } from "../../src/system/outbound.ts";
import { channelContract } from "../contracts/channel.ts";
import { AT, incident, message, told } from "../makers-message.ts";
import { hanging, startHttpReceiver } from "../stubs/http-receiver.ts";
import { CERTIFICATE } from "../stubs/localhost-certificate.ts";
import { startMailServer, type MailServer } from "../stubs/mail-server.ts";

const LOGIN = { user: "rollcall", password: "mail-pass-9f8e7d" };
const ADDRESSES = { from: "Rollcall <rollcall@example.org>", to: ["ops@example.org", "mira@example.org"] };
const outbound = createOutbound({ allow: ["127.0.0.1"], timeoutMs: 2_000 });

/** A server that repeats what it heard, as careless ones do. */
const echo = Buffer.from(`\0${LOGIN.user}\0${LOGIN.password}`).toString("base64");
const TROUBLES: Record<string, NonNullable<MailServer["refuse"]>> = {
  "535 to the login": { stage: "login", code: 535, answer: `no: ${LOGIN.password} ${echo}` },
  "454 to the login": { stage: "login", code: 454, answer: "later" },
  "550 to the sender": { stage: "sender", code: 550, answer: "not you" },
  "451 to the sender": { stage: "sender", code: 451, answer: "greylisted" },
  "550 to every receiver": { stage: "receiver", code: 550, answer: "no such user" },
  "452 to every receiver": { stage: "receiver", code: 452, answer: "too many" },
  "554 to the content": { stage: "data", code: 554, answer: "looks odd" },
  "421 to the content": { stage: "data", code: 421, answer: "closing" },
};

describe("contract", () => {
  channelContract({
    kind: email,
    async start() {
      const server = await startMailServer({ security: "none", login: LOGIN });
      const silent = await startHttpReceiver(hanging);
      const settings = {
        ...ADDRESSES,
        host: server.host,
        port: server.port,
        security: "none",
        username: LOGIN.user,
        password: LOGIN.password,
      };
      return {
        settings,
        secrets: [LOGIN.password, echo],
        seen: () =>
          server.mails.map(({ parsed, raw }) => ({
            text: parsed.text ?? "",
            raw,
            key: parsed.messageId ?? "",
          })),
        trouble(name) {
          server.refuse = TROUBLES[name] ?? null;
          // A web server says nothing to somebody who waits for an SMTP greeting.
          if (name === "hang") settings.port = silent.port;
        },
        async close() {
          await Promise.all([server.close(), silent.close()]);
        },
      };
    },
    troubles: {
      "535 to the login": { code: "invalid_auth", isPermanent: true },
      "454 to the login": { code: "invalid_auth", isPermanent: false },
      "550 to the sender": { code: "address_rejected", isPermanent: true },
      "451 to the sender": { code: "address_rejected", isPermanent: false },
      "550 to every receiver": { code: "address_rejected", isPermanent: true },
      "452 to every receiver": { code: "address_rejected", isPermanent: false },
      "554 to the content": { code: "message_rejected", isPermanent: false },
      "421 to the content": { code: "message_rejected", isPermanent: false },
    },
  });
});

describe("mails", () => {
  let server: MailServer | null = null;
  afterEach(async () => {
    await server?.close();
    server = null;
  });
  beforeAll(() => {
    setDefaultCACertificates([...getCACertificates("default"), CERTIFICATE]);
  });

  async function started(...options: Parameters<typeof startMailServer>): Promise<MailServer> {
    server = await startMailServer(...options);
    return server;
  }
  function send(given: Message, more: Record<string, unknown> = {}, thread: string | null = null) {
    const settings = { ...ADDRESSES, host: "127.0.0.1", port: server?.port, security: "none", ...more };
    return email.send({ message: given, settings, thread, outbound, nowAt: AT });
  }

  test("all mails of an incident form one thread under the first one's Message-ID", async () => {
    const { mails } = await started({ security: "none" });
    const first = await send(message());
    const thread = first.isSent ? first.thread : null;
    expect(thread).toBe("<inc_1_ntf_1_ops@example.org>");
    const changes = [told("resolved")];
    expect(await send(message({ deduplicationKey: "inc_1/ntf_2/ops", changes }), {}, thread)).toEqual({
      isSent: true,
      thread: null,
    });
    expect(mails.map(({ parsed }) => parsed.messageId)).toEqual([thread, "<inc_1_ntf_2_ops@example.org>"]);
    expect(mails[0]?.parsed).toMatchObject({
      subject: expect.stringMatching(/^\[Rollcall\] Open: nightly-backup/),
    });
    expect(mails[0]?.parsed.inReplyTo).toBeUndefined();
    expect(mails[1]?.parsed).toMatchObject({ inReplyTo: thread, references: thread });
  });

  test("a mail says that a machine wrote it, goes to every receiver, and is readable with and without HTML", async () => {
    const { mails } = await started({ security: "none" });
    await send(message());
    const [mail] = mails;
    expect(mail?.to).toEqual(ADDRESSES.to);
    expect(mail?.from).toBe("rollcall@example.org");
    const header = (key: string) => mail?.parsed.headers.find((each) => each.key === key)?.value;
    expect(header("auto-submitted")).toBe("auto-generated");
    expect(mail?.parsed.text).toContain("What came instead: nothing");
    expect(mail?.parsed.html).toContain("<b>What came instead:</b> nothing");
    expect(mail?.parsed.html).toContain('<a href="https://rollcall.example.org/">');
  });

  test("line breaks in a title add no header and no receiver, and markup in it stays text", async () => {
    const { mails } = await started({ security: "none" });
    const title =
      "job\r\nBcc: everyone@example.org\r\n\r\n<script>alert(1)</script><img src=x onerror=alert(1)>";
    await send(
      message({ title, incident: incident({ title }), deduplicationKey: "inc\r\nX-Evil: 1/ntf_1/ops" }),
    );
    const [mail] = mails;
    expect(mail?.to).toEqual(ADDRESSES.to);
    const keys = mail?.parsed.headers.map(({ key }) => key);
    expect(keys).not.toContain("bcc");
    expect(keys).not.toContain("x-evil");
    expect(mail?.parsed.html).not.toMatch(/<script|<img/);
    expect(mail?.parsed.html).toContain("&lt;script&gt;");
  });

  test("starttls encrypts before the login", async () => {
    const { mails } = await started({ security: "starttls", login: LOGIN });
    const login = { username: LOGIN.user, password: LOGIN.password };
    expect(await send(message(), { security: "starttls", ...login })).toMatchObject({ isSent: true });
    expect(mails).toMatchObject([{ isEncrypted: true, user: LOGIN.user }]);
  });

  test("tls encrypts from the first byte", async () => {
    const { mails } = await started({ security: "tls" });
    expect(await send(message(), { security: "tls" })).toMatchObject({ isSent: true });
    expect(mails).toMatchObject([{ isEncrypted: true }]);
  });

  test("where starttls was asked for and is not offered, nothing is sent in clear", async () => {
    const { mails } = await started({ security: "none" });
    const result = await send(message(), { security: "starttls" });
    expect(result).toMatchObject({ isSent: false, isPermanent: false });
    expect(mails).toEqual([]);
  });

  test("a certificate for another name is not trusted", async () => {
    const { mails, port } = await started({ security: "tls" });
    const elsewhere = createOutbound({
      allow: ["127.0.0.1"],
      resolve: async () => [{ address: "127.0.0.1", family: 4 }],
    });
    const sendTo = (host: string) => {
      const settings = { ...ADDRESSES, host, port, security: "tls" };
      return email.send({ message: message(), settings, thread: null, outbound: elsewhere, nowAt: AT });
    };
    expect(await sendTo("mail.rollcall.test")).toMatchObject({ isSent: true });
    expect(await sendTo("other.rollcall.test")).toMatchObject({ isSent: false, code: "tls" });
    expect(mails).toHaveLength(1);
  });
});
