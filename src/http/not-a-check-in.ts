/** Requests to a check-in address that nobody meant as one: what browsers and chat programs fetch by themselves. */

/** Programs that look at an address because somebody wrote it into a message. */
const PREVIEW_AGENTS = [
  "slackbot",
  "slack-imgproxy",
  "twitterbot",
  "facebookexternalhit",
  "facebot",
  "meta-externalagent",
  "discordbot",
  "telegrambot",
  "whatsapp/",
  "linkedinbot",
  "skypeuripreview",
  "microsoftpreview",
  "bingpreview",
  "mattermost-bot",
  "mastodon/",
  "redditbot",
  "pinterestbot",
  "iframely",
  "embedly",
  "vkshare",
  "viber",
  "google-pagerenderer",
  "googleimageproxy",
  "applebot",
  "outbrain",
  "quora link preview",
  "rocket.chat",
  "zulipurlpreview",
];

/** Why this request is no check-in, in words; null when it is one. Header names are lower case. */
export function whyNoCheckIn(method: string, headers: Readonly<Record<string, string>>): string | null {
  const purpose = `${headers["sec-purpose"] ?? ""} ${headers["purpose"] ?? ""} ${headers["x-moz"] ?? ""}`;
  if (/\b(prefetch|prerender|preview)\b/i.test(purpose))
    return "a browser fetched this address ahead of time";
  if (method === "POST") return null;
  const agent = (headers["user-agent"] ?? "").toLowerCase();
  return PREVIEW_AGENTS.some((each) => agent.includes(each))
    ? "a program fetched this address to show a preview of it"
    : null;
}
