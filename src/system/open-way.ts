/**
 * A way out without a guard: for a person's own machine, where it reaches what they can reach, and to an address that
 * the operator names. Otherwise as the guarded one: no redirects, bounded in time and size.
 */
import { durationInWords } from "../domain/duration.ts";
import { LIMITS } from "../domain/limits.ts";
import {
  OutboundError,
  type Outbound,
  type OutboundRequest,
  type OutboundResponse,
} from "../ports/outbound.ts";

export function createOpenWay(): Pick<Outbound, "request"> {
  return { request: exchange };
}

async function exchange({ url, method, headers, body }: OutboundRequest): Promise<OutboundResponse> {
  const signal = AbortSignal.timeout(LIMITS.sendTimeoutMs);
  try {
    const isBodiless = method === "GET" || method === "HEAD";
    const response = await fetch(url, {
      method,
      headers,
      redirect: "manual",
      signal,
      ...(isBodiless ? {} : { body }),
    });
    const { status } = response;
    return { status, headers: Object.fromEntries(response.headers), body: await readBounded(response) };
  } catch (error) {
    const { host } = new URL(url);
    if (signal.aborted) {
      const within = durationInWords(LIMITS.sendTimeoutMs);
      throw new OutboundError("timeout", `${host} did not answer within ${within}.`, error);
    }
    throw new OutboundError("connect", `The connection to ${host} failed.`, error);
  }
}

/** Reads up to the limit and lets go of the rest. */
async function readBounded({ body }: Response): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of body) {
    text += decoder.decode(chunk.subarray(0, LIMITS.responseReadBytes - length), { stream: true });
    length += chunk.byteLength;
    if (length >= LIMITS.responseReadBytes) break;
  }
  return text + decoder.decode();
}
