/**
 * Evidence that is safe to keep: what looks like a credential in a job's output is cut out before it is stored.
 * It errs towards cutting; the name before a value stays, so that a reader sees what was there.
 */

const CUT = "[removed]";

/**
 * Linear patterns only: each begins with something fixed and ends at the first character that cannot belong. `holds`
 * stands in all that a pattern finds: where looking for that is far quicker than the pattern, it comes first.
 */
const PATTERNS: readonly { pattern: RegExp; by: string; holds?: string }[] = [
  // Whole blocks first: a key's lines would otherwise be looked at one by one.
  {
    pattern: /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[A-Za-z0-9+/=\s:,-]{0,20000}/g,
    by: CUT,
  },
  // `Authorization: Bearer abc`, `cookie: a=b; c=d`, `X-Api-Key: abc`: to the end of the line.
  {
    pattern:
      /\b((?:proxy-)?authorization|(?:set-)?cookie2?|x-(?:api|auth|access|amz-security|vault|gitlab|shopify-access)-?(?:key|token)?)(["']?\s{0,4}[:=]\s{0,4})[^\r\n]{1,8000}/gi,
    by: `$1$2${CUT}`,
  },
  { pattern: /\b(bearer|basic)\s{1,4}[A-Za-z0-9+/=._~-]{8,8000}/gi, by: `$1 ${CUT}` },
  // `password=…`, `"api_key": "…"`, `--token …`, `DB_PASSWORD: …`
  {
    pattern:
      /((?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|client[_-]?secret|credentials?)["']?(?:\s{0,4}[:=]\s{0,4}|\s))(?:"[^"\r\n]{1,4000}"|'[^'\r\n]{1,4000}'|[^\s"',;&]{4,4000})/gi,
    by: `$1${CUT}`,
  },
  // `https://user:password@host`
  {
    pattern: /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{0,200}:)[^\s@/]{1,400}@/gi,
    by: `$1${CUT}@`,
    holds: "://",
  },
  // Tokens that name their issuer.
  { pattern: /\brck_(?:admin|read|ping)_[A-Za-z0-9_-]{8,200}/g, by: CUT },
  { pattern: /\bxox[a-z]-[A-Za-z0-9-]{8,300}/g, by: CUT },
  { pattern: /\bwh(?:sec|sk)_[A-Za-z0-9+/=_-]{8,200}/g, by: CUT },
  { pattern: /\b(?:gh[opsur]|github_pat|glpat|npm|dckr_pat|hf)[_-][A-Za-z0-9_-]{12,300}/g, by: CUT },
  { pattern: /\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,300}/g, by: CUT },
  { pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, by: CUT },
  { pattern: /\bAIza[A-Za-z0-9_-]{30,50}/g, by: CUT },
  { pattern: /\bhttps:\/\/hooks\.slack\.com\/[A-Za-z0-9/_-]{8,300}/g, by: CUT },
  // JSON Web Tokens.
  { pattern: /\beyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{4,8000}(?:\.[A-Za-z0-9_-]{0,8000})?/g, by: CUT },
];

/** The text without what looks like credentials. */
export function redact(text: string): string {
  if (text === "") return text;
  let kept = text;
  for (const { pattern, by, holds = "" } of PATTERNS) {
    if (kept.includes(holds)) kept = kept.replace(pattern, by);
  }
  return kept;
}
