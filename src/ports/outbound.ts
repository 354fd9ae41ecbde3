/**
 * The guarded way out. Private addresses are closed unless the operator allowed them, the address is checked
 * again when connecting, redirects are not followed, time and size are bounded.
 */
export type OutboundMethod = "GET" | "HEAD" | "POST" | "PUT";

export interface OutboundRequest {
  url: string;
  method: OutboundMethod;
  headers: Readonly<Record<string, string>>;
  /** Not sent with GET and HEAD. */
  body: string;
}

export interface OutboundResponse {
  status: number;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  /** Cut at the limit. */
  body: string;
}

/** A trouble of the way out: `code` is `address_refused`, `timeout`, `dns`, `connect`, `tls`, `redirect`. */
export class OutboundError extends Error {
  readonly code: string;
  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "OutboundError";
    this.code = code;
  }
}

export interface Outbound {
  /** One exchange. Any status is an answer; a redirect is an answer too. Throws `OutboundError`. */
  request(request: OutboundRequest): Promise<OutboundResponse>;
  /**
   * Checks host and port, resolves, and connects to the checked address: for protocols other than HTTP.
   * The socket is Node's own; it is typed as unknown here because ports know no platform.
   */
  connect(target: { host: string; port: number }): Promise<unknown>;
  /** A `fetch` under the same guard, for clients that bring their own (Slack's); typed by the platform. */
  fetch: unknown;
}
