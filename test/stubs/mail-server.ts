/** A real SMTP server on loopback that keeps what it was sent, parsed by an independent reader. */
import type { AddressInfo } from "node:net";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { CERTIFICATE, CERTIFICATE_KEY } from "./localhost-certificate.ts";

export interface Mail {
  raw: string;
  parsed: Email;
  from: string;
  to: string[];
  isEncrypted: boolean;
  user: string | null;
}

export interface MailServer {
  host: string;
  port: number;
  mails: Mail[];
  /** The next stage of this name is refused with this answer; null ends it. */
  refuse: { stage: "login" | "sender" | "receiver" | "data"; code: number; answer: string } | null;
  close(): Promise<void>;
}

/** `login`: the only user; without it nobody may log in. */
export async function startMailServer(options: {
  security: "none" | "starttls" | "tls";
  login?: { user: string; password: string };
}): Promise<MailServer> {
  const refusalAt = (stage: NonNullable<MailServer["refuse"]>["stage"]): Error | null => {
    const { refuse } = mailServer;
    return refuse?.stage === stage
      ? Object.assign(new Error(refuse.answer), { responseCode: refuse.code })
      : null;
  };
  const handlers: SMTPServerOptions = {
    onAuth(auth, _session, callback) {
      const isRight = auth.username === options.login?.user && auth.password === options.login?.password;
      const refusal = refusalAt("login");
      if (refusal !== null) return callback(refusal);
      return isRight
        ? callback(null, { user: auth.username })
        : callback(new Error("Wrong name or password"));
    },
    onMailFrom: (_address, _session, callback) => callback(refusalAt("sender")),
    onRcptTo: (_address, _session, callback) => callback(refusalAt("receiver")),
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const refusal = refusalAt("data");
        if (refusal !== null) return callback(refusal);
        const raw = Buffer.concat(chunks);
        void PostalMime.parse(raw).then((parsed) => {
          const { mailFrom, rcptTo } = session.envelope;
          mailServer.mails.push({
            raw: raw.toString("latin1"),
            parsed,
            from: mailFrom === false ? "" : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            isEncrypted: session.secure,
            user: typeof session.user === "string" ? session.user : null,
          });
          return answered(callback);
        });
      });
    },
  };
  const server = new SMTPServer({
    ...handlers,
    secure: options.security === "tls",
    disabledCommands: options.security === "none" ? ["STARTTLS"] : [],
    authOptional: options.login === undefined,
    allowInsecureAuth: true,
    key: CERTIFICATE_KEY,
    cert: CERTIFICATE,
    closeTimeout: 50,
  });
  // A client that gives up in the middle is part of the tests.
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const mailServer: MailServer = {
    host: "127.0.0.1",
    port: (server.server.address() as AddressInfo).port,
    mails: [],
    refuse: null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
  return mailServer;
}

function answered(callback: () => void): null {
  callback();
  return null;
}
