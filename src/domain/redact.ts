/**
 * Evidence that is safe to keep: what looks like a credential in a job's output is cut out before it is stored.
 * It errs towards cutting; the name before a value stays, so that a reader sees what was there.
 */

/** What stands in the place of a credential. */
export const CUT = "[removed]";

/**
 * Linear patterns only: each begins with something fixed and ends at the first character that cannot belong. `sign` is
 * that something, in small letters: a text without any of them, as most are, is looked at once.
 */
const PATTERNS: readonly { sign: string; pattern: RegExp; by: string }[] = [
  // Whole blocks first: a key's lines would otherwise be looked at one by one.
  {
    sign: "-----begin ",
    pattern: /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[A-Za-z0-9+/=\s:,-]{0,20000}/g,
    by: CUT,
  },
  // `Authorization: Bearer abc`, `cookie: a=b; c=d`, `X-Api-Key: abc`: to the end of the line.
  {
    sign: "authorization|cookie|x-",
    pattern:
      /\b((?:proxy-)?authorization|(?:set-)?cookie2?|x-(?:api|auth|access|amz-security|vault|gitlab|shopify-access)-?(?:key|token)?)(["']?\s{0,4}[:=]\s{0,4})[^\r\n]{1,8000}/gi,
    by: `$1$2${CUT}`,
  },
  { sign: "bearer|basic", pattern: /\b(bearer|basic)\s{1,4}[A-Za-z0-9+/=._~-]{8,8000}/gi, by: `$1 ${CUT}` },
  // `password=…`, `"api_key": "…"`, `DB_PASSWORD: …`
  {
    sign: "pass|pwd|secret|token|key|credential",
    pattern: named("\\s{0,4}[:=]\\s{0,4}"),
    by: `$1${CUT}`,
  },
  // `https://user:password@host`
  {
    sign: "://",
    pattern: /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{0,200}:)[^\s@/]{1,400}@/gi,
    by: `$1${CUT}@`,
  },
  // Tokens that name their issuer.
  { sign: "rck_", pattern: /\brck_(?:admin|read|ping|instance)_[A-Za-z0-9_-]{8,200}/g, by: CUT },
  { sign: "xox", pattern: /\bxox[a-z]-[A-Za-z0-9-]{8,300}/g, by: CUT },
  { sign: "wh(?:sec|sk)_", pattern: /\bwh(?:sec|sk)_[A-Za-z0-9+/=_-]{8,200}/g, by: CUT },
  {
    sign: "gh[opsur][_-]|github_pat|glpat|npm[_-]|dckr_pat|hf[_-]",
    pattern: /\b(?:gh[opsur]|github_pat|glpat|npm|dckr_pat|hf)[_-][A-Za-z0-9_-]{12,300}/g,
    by: CUT,
  },
  { sign: "[spr]k[-_]", pattern: /\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,300}/g, by: CUT },
  { sign: "akia|asia", pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, by: CUT },
  { sign: "aiza", pattern: /\bAIza[A-Za-z0-9_-]{30,50}/g, by: CUT },
  { sign: "hooks.slack", pattern: /\bhttps:\/\/hooks\.slack\.com\/[A-Za-z0-9/_-]{8,300}/g, by: CUT },
  // JSON Web Tokens.
  {
    sign: "eyj",
    pattern: /\beyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{4,8000}(?:\.[A-Za-z0-9_-]{0,8000})?/g,
    by: CUT,
  },
];

/** `--token …`, `password hunter2`. In a sentence that speaks of tokens and passwords it is the next word of it. */
const NAMED_BEFORE_SPACE = named("\\s");

const SIGNS = new RegExp(PATTERNS.map(({ sign }) => sign).join("|"), "i");

/** The text without what looks like credentials. */
export function redact(text: string): string {
  if (!SIGNS.test(text)) return text;
  return redactSentence(text).replace(NAMED_BEFORE_SPACE, `$1${CUT}`);
}

/** The same for words about credentials, such as what a boundary says: "a password (Basic)" holds none. */
export function redactSentence(text: string): string {
  let kept = text;
  for (const { pattern, by } of PATTERNS) kept = kept.replace(pattern, by);
  return kept;
}

function named(between: string): RegExp {
  const names =
    "password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|client[_-]?secret|credentials?";
  const value = `"[^"\\r\\n]{1,4000}"|'[^'\\r\\n]{1,4000}'|[^\\s"',;&]{4,4000}`;
  return new RegExp(`((?:${names})["']?${between})(?:${value})`, "gi");
}

/** Whether what stands under this name is a credential: `api_key`, `X-Auth-Token`, `dbPassword`; not `tokens`. */
export function isSecretName(name: string): boolean {
  const words = name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .split(/[^a-z\d]+/);
  return words.some(
    (word, at) => SECRET_WORD.test(word) || (/^keys?$/.test(word) && KEY_OF.has(words[at - 1] ?? "")),
  );
}

/** An address without user and password, and without the values in its query that are credentials. */
export function redactUrl(url: string): string {
  const [beforeQuery = "", ...query] = url.split("?");
  const bare = beforeQuery.replace(/^([a-z][a-z\d+.-]*:\/\/)[^/#]*@/i, "$1");
  if (query.length === 0) return redact(bare);
  const [fields = "", ...fragment] = query.join("?").split("#");
  const kept = fields.split("&").map((field) => {
    const [name = "", value] = field.split("=", 2);
    return value !== undefined && isSecretField(name) ? `${name}=${CUT}` : field;
  });
  return redact([`${bare}?${kept.join("&")}`, ...fragment].join("#"));
}

const SECRET_WORD =
  /^(?:authorization|cookies?|token|secrets?|passwords?|passwd|passphrase|pwd|credentials?|apikeys?|accesskey)$/;
const KEY_OF: ReadonlySet<string> = new Set(["api", "access", "private", "secret", "auth"]);

/** Signed addresses (S3, Google, Azure) prove themselves by further names. */
function isSecretField(name: string): boolean {
  return isSecretName(name) || /^(?:key|code|auth|sig|.*signature)$/i.test(name);
}
