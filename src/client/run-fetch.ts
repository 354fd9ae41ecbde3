/** `fetch` as it is, and whoever listens is told what each host answered: a 429 then shows in the story of the run. */

export interface HttpAnswer {
  method: string;
  host: string;
  status: number;
  /** Null where the header is absent, or a date. */
  retryAfterSeconds: number | null;
}

/** Answers, errors and bodies pass untouched. */
export function watchedFetch(send: typeof fetch, onAnswer: (answer: HttpAnswer) => void): typeof fetch {
  return async (input, init) => {
    const response = await send(input, init);
    const answer = answerOf(response, input, init);
    if (answer !== null) onAnswer(answer);
    return response;
  };
}

function answerOf(
  response: Response,
  input: Parameters<typeof fetch>[0],
  init: Parameters<typeof fetch>[1],
): HttpAnswer | null {
  const isRequest = typeof input === "object" && "url" in input;
  const address = isRequest ? input.url : String(input);
  if (!URL.canParse(address)) return null;
  const retryAfter = response.headers.get("retry-after")?.trim() ?? "";
  return {
    method: init?.method ?? (isRequest ? input.method : "GET"),
    host: new URL(address).host,
    status: response.status,
    retryAfterSeconds: /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) : null,
  };
}
