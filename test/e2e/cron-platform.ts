/** A platform that fires cron jobs, played by a loop: it calls by GET with its secret, as Vercel does, and tries no call again. */

export const CRON_SECRET = "the-secret-that-the-platform-sends";

export interface CronPlatform {
  /** What each call was answered with, in order; null: nobody answered. */
  answers: (number | null)[];
  /** Takes the schedule away; resolves when no call is under way any more. */
  remove(): Promise<void>;
}

/** A call every so often, the first after that time. */
export function scheduleCalls(url: string, everyMs: number): CronPlatform {
  const answers: CronPlatform["answers"] = [];
  const underWay = new Set<Promise<unknown>>();
  const timer = setInterval(() => {
    const call = callOnce(url).then((status) => {
      answers.push(status);
      underWay.delete(call);
      return null;
    });
    underWay.add(call);
  }, everyMs);
  return {
    answers,
    async remove() {
      clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}

async function callOnce(url: string): Promise<number | null> {
  const headers = { authorization: `Bearer ${CRON_SECRET}`, "user-agent": "vercel-cron/1.0" };
  try {
    const response = await fetch(url, { headers });
    await response.text();
    return response.status;
  } catch {
    // The app is being started anew.
    return null;
  }
}
