/**
 * Email over SMTP: plain text with simple HTML beside it, all messages of an incident in one thread by Message-ID.
 * The connection comes from the outbound guard, so that a mail server's name is no way into the private network.
 */
import type { Socket } from "node:net";
import { createTransport } from "nodemailer";
import { oneLine } from "../domain/clean-text.ts";
import type { ChannelKind, SendResult } from "../ports/channel.ts";
import { OutboundError } from "../ports/outbound.ts";
import { emailHtml } from "./email-html.ts";
import { type Aftermath, type Failure, failure, outboundFailure } from "./failure.ts";
import { listSetting, numberSetting, textSetting } from "./settings.ts";
import { headline, plainText, wordingOf } from "./wording.ts";

const ADDRESS = {
  source: "^[^\\s@<>]+@[^\\s@<>]+$|^[^<>\\r\\n]*<[^\\s@<>]+@[^\\s@<>]+>$",
  hint: "an address like ops@example.org or Rollcall <rollcall@example.org>",
};
const DEFAULT_PORTS: Readonly<Record<string, number>> = { none: 25, starttls: 587, tls: 465 };
/** Longer subjects are cut by mail readers anyway. */
const SUBJECT_CHARACTERS = 200;

export const email: ChannelKind = {
  kind: "email",
  title: "Email",
  settings: {
    fields: {
      host: {
        type: "string",
        title: "Mail server",
        description: "The name or address of the SMTP server.",
        isRequired: true,
        pattern: { source: "^[A-Za-z0-9._:-]+$", hint: "a host name or an IP address" },
        maxLength: 253,
      },
      port: {
        type: "integer",
        title: "Port",
        description: "Left out: 587 with STARTTLS, 465 with TLS, 25 with none.",
        minimum: 1,
        maximum: 65_535,
      },
      security: {
        type: "string",
        title: "Security",
        description: "How the connection is encrypted; starttls and tls send nothing if that fails.",
        enum: ["starttls", "tls", "none"],
        default: "starttls",
      },
      username: { type: "string", title: "User name", description: "Left out: no login.", maxLength: 320 },
      password: {
        type: "string",
        title: "Password",
        description: "For the login.",
        isSecret: true,
        maxLength: 1_000,
      },
      from: {
        type: "string",
        title: "From",
        description: "The sender's address.",
        isRequired: true,
        pattern: ADDRESS,
        maxLength: 320,
      },
      to: {
        type: "strings",
        title: "To",
        description: "The receivers' addresses.",
        isRequired: true,
        pattern: ADDRESS,
        maxLength: 320,
      },
    },
  },

  async send({ message, settings, thread, outbound }): Promise<SendResult> {
    const server = serverOf(settings);
    const aftermath = { secrets: server.secrets, thread };
    const wording = wordingOf(message);
    const from = textSetting(settings, "from") ?? "";
    const messageId = messageIdOf(message.deduplicationKey, from);
    const isThreaded = message.kind === "incident";
    let socket: Socket | null = null;
    try {
      socket = (await outbound.connect(server)) as Socket;
      await createTransport({ ...server.options, connection: socket }).sendMail({
        from,
        to: [...listSetting(settings, "to")],
        subject: `[Rollcall] ${oneLine(headline(wording), SUBJECT_CHARACTERS)}`,
        text: plainText(wording),
        html: emailHtml(wording),
        messageId,
        ...(isThreaded && thread !== null ? { inReplyTo: thread, references: [thread] } : {}),
        date: new Date(message.changes.at(-1)?.at ?? message.createdAt),
        // RFC 3834: keeps holiday replies from answering a machine.
        headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      return { isSent: true, thread: isThreaded && thread === null ? messageId : null };
    } catch (error) {
      // Time ran out on the socket; the mail client only saw it close.
      return emailFailure(socket?.errored instanceof OutboundError ? socket.errored : error, aftermath);
    } finally {
      socket?.destroy();
    }
  },
};

function serverOf(settings: Readonly<Record<string, unknown>>) {
  const host = textSetting(settings, "host") ?? "";
  const security = textSetting(settings, "security") ?? "starttls";
  const port = numberSetting(settings, "port") ?? DEFAULT_PORTS[security] ?? 587;
  const user = textSetting(settings, "username");
  const pass = textSetting(settings, "password");
  return {
    host,
    port,
    // Logins send the name and the password in one text: "\0name\0password" in base64.
    secrets: pass === null ? [] : [pass, `\0${user ?? ""}\0${pass}`],
    options: {
      host,
      port,
      secure: security === "tls",
      requireTLS: security === "starttls",
      ignoreTLS: security === "none",
      ...(user === null ? {} : { auth: { user, pass: pass ?? "" } }),
    },
  };
}

/** The same for the same message, whenever it is sent: mail servers drop what they have already. */
function messageIdOf(deduplicationKey: string, from: string): string {
  const domain = /@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? "rollcall.invalid";
  return `<${deduplicationKey.replace(/[^A-Za-z0-9.-]/g, "_")}@${domain}>`;
}

/** Codes of nodemailer's own troubles, as the other channels call them. */
const CODES: Readonly<Record<string, string>> = {
  EAUTH: "invalid_auth",
  ENOAUTH: "invalid_auth",
  EENVELOPE: "address_rejected",
  EMESSAGE: "message_rejected",
  ETIMEDOUT: "timeout",
  ETLS: "tls",
  EDNS: "dns",
};

const TLS_CODES = /^(CERT_|ERR_TLS|ERR_SSL|EPROTO|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/;

/** 4xx passes; 5xx stays where it is about the login or an address, and may pass where it is about the content. */
function emailFailure(error: unknown, aftermath: Aftermath): Failure {
  const { code, originalCode, responseCode, message } = error as Readonly<Record<string, unknown>>;
  // The mail client writes its own code over that of a socket's error and keeps the first one aside.
  const first = String(originalCode ?? code);
  if (error instanceof OutboundError) {
    return outboundFailure(new OutboundError(first, error.message), aftermath);
  }
  const own = TLS_CODES.test(first) ? "tls" : (CODES[String(code)] ?? "connect");
  const isRefused = typeof responseCode === "number" ? responseCode >= 500 : own === "invalid_auth";
  return failure(
    {
      code: own,
      detail: `The mail server could not be used: ${oneLine(String(message), SUBJECT_CHARACTERS)}`,
      isPermanent: isRefused && (own === "invalid_auth" || own === "address_rejected"),
    },
    aftermath,
  );
}
