/** Those who are told, on loopback: webhooks whose signature is checked by an independent library, Slack, and mail. */
import { Webhook } from "standardwebhooks";
import { answering, startHttpReceiver, type HttpReceiver } from "../stubs/http-receiver.ts";

export interface ToldEvent {
  /** `webhook-id`. */
  id: string;
  /** The path it was posted to. */
  path: string;
  type: string;
  subject: string;
  title: string;
  changes: { change: string; title: string }[];
  incident: { id: string; kind: string; phase: string | null; status: string; windows_lost: number } | null;
  digest: { count: number; incident_ids: string[] } | null;
}

export interface WebhookReceiver {
  url: string;
  /** What came, in order; what was not signed as it must be is an entry of `faults` instead. */
  told: ToldEvent[];
  faults: string[];
  close(): Promise<void>;
}

export const WEBHOOK_SECRET = `whsec_${Buffer.from("a secret of thirty-two bytes ok!").toString("base64")}`;

/** `onTold`: with every event as it comes. `answerAfterMs`: how long the sender waits for its answer. */
export async function startWebhookReceiver(
  options: { onTold?: (event: ToldEvent) => void; answerAfterMs?: number } = {},
): Promise<WebhookReceiver> {
  const { onTold = () => undefined, answerAfterMs = 0 } = options;
  const taken = answering({ status: 204 });
  const refused = answering({ status: 500, body: "not now" });
  const http: HttpReceiver = await startHttpReceiver((received, response) => {
    try {
      // Throws unless id, time and signature are those of this very body.
      new Webhook(WEBHOOK_SECRET).verify(received.body, received.headers);
    } catch (error) {
      receiver.faults.push(`${received.path}: ${String(error)}`);
      return refused(received, response);
    }
    const { type, subject, data } = JSON.parse(received.body) as {
      type: string;
      subject: string;
      data: Pick<ToldEvent, "title" | "changes" | "incident" | "digest">;
    };
    const event = { id: received.headers["webhook-id"] ?? "", path: received.path, type, subject, ...data };
    receiver.told.push(event);
    onTold(event);
    if (answerAfterMs === 0) return taken(received, response);
    setTimeout(() => taken(received, response), answerAfterMs);
  });
  const receiver: WebhookReceiver = { url: http.url, told: [], faults: [], close: () => http.close() };
  return receiver;
}
