/**
 * Why a step failed, in one word of a closed list, whatever its source calls it: an exception of some library, a status,
 * a sentence. The word decides what a person is told to look at, so a doubtful source gets `unknown`.
 */
import { LIMITS } from "../limits.ts";

export const ERROR_CLASSES = [
  "timeout",
  "rate_limited",
  "quota_exhausted",
  "auth",
  /** The other side is down: it answered 5xx, or could not be reached at all. */
  "upstream_5xx",
  "malformed_response",
  "parse",
  /** What was asked for is refused as wrong: also a model, a page or a field that is not there. */
  "validation",
  /** A limit of the job's own: turns, tokens, cost. */
  "budget",
  "cancelled",
  "oom",
  "crashed",
  "unknown",
] as const;
export type ErrorClass = (typeof ERROR_CLASSES)[number];

interface Known {
  told: string | null;
  type: string | null;
  status: number | null;
  message: string | null;
}

/** From whatever is known: a class that was told, else the type's name, the HTTP status, the message. */
export function errorClassOf(known: Known): ErrorClass {
  const told = known.told?.trim().toLowerCase().replace(/[\s-]/g, "_");
  const toldClass = ERROR_CLASSES.find((each) => each === told && each !== "unknown");
  if (toldClass !== undefined) return toldClass;
  const message = bounded(known.message ?? "");
  const types = [known.told, known.type].map((type) => bounded(type ?? ""));
  const status = known.status ?? types.map(statusIn).find((found) => found !== null) ?? statusIn(message);
  const found =
    types.map(classOfType).find((each) => each !== null) ?? classOfStatus(status) ?? classOfWords(message);
  return isQuota(found, status, [...types, message].join(" ")) ? "quota_exhausted" : (found ?? "unknown");
}

/** A rate is waited for, an allowance is paid for: both come as 429, and only words tell them apart. */
function isQuota(found: ErrorClass | null, status: number | null, words: string): boolean {
  if (CERTAIN_QUOTA.test(words)) return true;
  const isLimit = found === "rate_limited" || status === 429 || status === 402;
  return isLimit && POSSIBLE_QUOTA.test(words) && !A_RATE.test(words);
}

const CERTAIN_QUOTA =
  /insufficient[_ ](?:quota|credits?|balance|funds)|billing[_ ](?:error|hard[_ ]limit|not[_ ]active)|credit balance is too low|out of credits/i;
const POSSIBLE_QUOTA = /quota|billing|credit|usage limit|spend(?:ing)? limit/i;
const A_RATE = /per[-_ ]?(?:minute|min|second|sec)\b|\b[rt]p[ms]\b|rate[-_ ]?limit reached/i;

/**
 * By name, letters only, without its module: `openai.RateLimitError`, `rate_limit_error`. Of OpenAI, Anthropic, LiteLLM,
 * LangChain, Pydantic AI, httpx, requests, urllib3, aiohttp, botocore, gRPC, undici, axios, Node, Python and the JVM.
 */
const NAMES: Partial<Record<ErrorClass, string>> = {
  timeout:
    "timeout timeouterror timeoutexception apitimeouterror apiconnectiontimeouterror connecttimeout " +
    "connecttimeouterror readtimeout readtimeouterror writetimeout pooltimeout sockettimeout sockettimeoutexception " +
    "sockettimedout servertimeouterror headerstimeouterror bodytimeouterror underrconnecttimeout " +
    "underrheaderstimeout underrbodytimeout etimedout esockettimedout deadlineexceeded deadlineexceedederror " +
    "steptimeout tasktimeout timelimitexceeded softtimelimitexceeded requesttimeout requesttimeouterror " +
    "gatewaytimeout",
  rate_limited:
    "ratelimit ratelimited ratelimiterror ratelimitexception ratelimitexceeded ratelimitreached toomanyrequests " +
    "toomanyrequestserror toomanyrequestsexception throttling throttled throttlingexception throttlederror " +
    "requestthrottled requestlimitexceeded slowdown resourceexhausted provisionedthroughputexceededexception",
  quota_exhausted:
    "insufficientquota quotaexceeded quotaexceedederror quotaexhausted billingerror billinghardlimitreached " +
    "paymentrequired paymentrequirederror insufficientcredits insufficientbalance servicequotaexceededexception",
  auth:
    "authenticationerror authenticationfailed autherror authorizationerror unauthorized unauthorizederror " +
    "unauthenticated permissiondenied permissiondeniederror permissionerror forbidden forbiddenerror accessdenied " +
    "accessdeniedexception invalidapikey invalidapikeyerror expiredtoken expiredtokenexception tokenexpired " +
    "tokenexpirederror invalidtoken invalidgrant nocredentialserror credentialsnotfound unrecognizedclientexception " +
    "signaturedoesnotmatch",
  upstream_5xx:
    "internalservererror servererror apierror apiconnectionerror overloaded overloadederror serviceunavailable " +
    "serviceunavailableerror serviceunavailableexception unavailable badgateway badgatewayerror connecterror " +
    "connectionerror connectionrefusederror connectionreseterror connectionabortederror connectionclosed " +
    "newconnectionerror maxretryerror networkerror clientconnectorerror clientconnectionerror " +
    "serverdisconnectederror endpointconnectionerror econnrefused econnreset econnaborted ehostunreach enetunreach " +
    "epipe enotfound eaiagain errnetwork gaierror nameresolutionerror underrsocket socketerror " +
    "modelerrorexception modelnotreadyexception",
  malformed_response:
    "apiresponsevalidationerror remoteprotocolerror protocolerror chunkedencodingerror contentdecodingerror " +
    "decodingerror incompleteread badstatusline responseerror malformedresponse invalidresponse clientpayloaderror " +
    "unexpectedmodelbehavior modelbehaviorerror lengthfinishreasonerror hpeinvalidconstant responseparsingerror " +
    "noobjectgeneratederror nocontentgeneratederror emptyresponse emptyresponseerror typevalidationerror " +
    "invalidresponsedataerror",
  parse:
    "jsondecodeerror jsonparseerror jsonparseexception jsonprocessingexception parseerror parseexception " +
    "parsererror parsererrorexception outputparserexception outputparsingerror syntaxerror unicodedecodeerror " +
    "xmlsyntaxerror yamlerror yamlexception tomldecodeerror malformedinputexception",
  validation:
    "badrequest badrequesterror invalidrequest invalidrequesterror invalidargument unprocessableentity " +
    "unprocessableentityerror validationerror validationexception requestvalidationerror pydanticvalidationerror " +
    "zoderror schemaerror notfound notfounderror modelnotfound modelnotfounderror conflicterror requesttoolarge " +
    "contextlengthexceeded contextwindowexceedederror contentfilter contentfilterfinishreasonerror " +
    "contentpolicyviolationerror unsupportedparamserror resourcenotfoundexception nosuchkey nosuchbucket " +
    "nosuchmodelerror invalidprompterror",
  budget:
    "budgetexceeded budgetexceedederror maxturnsexceeded maxturnsreached maxiterationsexceeded maxstepsexceeded " +
    "graphrecursionerror recursionlimit usagelimitexceeded costlimitexceeded tokenlimitexceeded maxtokens " +
    "errormaxturns errormaxbudgetusd",
  cancelled:
    "cancelled canceled cancellederror cancelederror cancelerror cancellationexception taskcanceledexception " +
    "operationcanceledexception aborterror apiuseraborterror aborted aborterrorexception erraborted errcanceled " +
    "keyboardinterrupt interruptedexception interrupted sigint sigterm underraborted",
  oom:
    "memoryerror outofmemory outofmemoryerror outofmemoryexception oom oomkilled oomerror enomem " +
    "errworkeroutofmemory cudaoutofmemoryerror",
  crashed:
    "crashed crash sigkill sigsegv sigabrt sigbus sigill segmentationfault panic panicexception " +
    "brokenprocesspool workerlosterror processterminatederror fatalerror",
};

const CLASS_BY_NAME: ReadonlyMap<string, ErrorClass> = new Map(
  ERROR_CLASSES.flatMap((each) => (NAMES[each]?.split(" ") ?? []).map((name) => [name, each] as const)),
);

function classOfType(type: string): ErrorClass | null {
  const name = type.split(/[.:/\\]/).findLast((part) => /[a-z]/i.test(part)) ?? "";
  return CLASS_BY_NAME.get(name.toLowerCase().replace(/[^a-z]/g, "")) ?? null;
}

function classOfStatus(status: number | null): ErrorClass | null {
  if (status === null || status < 400 || status > 599) return null;
  if (status === 429) return "rate_limited";
  if (status === 402) return "quota_exhausted";
  if (status === 401 || status === 403 || status === 407) return "auth";
  if (status === 408 || status === 504 || status === 524) return "timeout";
  // What nginx notes of a caller that went away.
  if (status === 499) return "cancelled";
  return status >= 500 ? "upstream_5xx" : "validation";
}

/** A type that is a status (OpenTelemetry's `error.type`), or one that a sentence names as such. */
function statusIn(text: string): number | null {
  const found =
    /^\s{0,3}([45]\d\d)(?:\s|$)/.exec(text) ??
    /\b(?:status(?:[ _]?code)?|http(?:\/[\d.]{1,3})?|error(?: code)?)[ :='"(]{1,3}([45]\d\d)\b/i.exec(text);
  return found === null ? null : Number(found[1]);
}

/** The first that is found: what is named exactly stands before what many messages contain. */
const WORDS: readonly (readonly [ErrorClass, RegExp])[] = [
  ["oom", /out of memory|oom[- ]?kill|cannot allocate memory/i],
  ["crashed", /segmentation fault|core dumped|\bpanic:|killed by signal/i],
  ["rate_limited", /rate[- _]?limit|too many requests|throttl|exceeded your current quota/i],
  ["budget", /budget (?:exceeded|exhausted)|max(?:imum)? (?:turns|steps|iterations)|recursion limit/i],
  ["timeout", /timed?[- ]?out|deadline exceeded|did not answer in time/i],
  ["auth", /unauthori[sz]ed|invalid api key|incorrect api key|authentication|permission denied|forbidden/i],
  [
    "parse",
    /unexpected token|unexpected end of (?:json )?input|json ?decode|not valid json|could not parse/i,
  ],
  ["malformed_response", /malformed|empty response|invalid response|incomplete read|unexpected response/i],
  [
    "upstream_5xx",
    /service unavailable|bad gateway|internal server error|overloaded|connection (?:refused|reset)|econn|could not resolve|name or service not known|network is unreachable/i,
  ],
  ["validation", /bad request|invalid request|validation (?:error|failed)|not found|does not exist/i],
  ["cancelled", /\bcancell?ed\b|\baborted\b|interrupted/i],
];

function classOfWords(message: string): ErrorClass | null {
  return WORDS.find(([, pattern]) => pattern.test(message))?.[0] ?? null;
}

/** Both ends: a message says what it is at its beginning, an output at its end. */
function bounded(text: string): string {
  const half = LIMITS.errorTextCharacters / 2;
  return text.length <= 2 * half ? text : `${text.slice(0, half)} ${text.slice(-half)}`;
}
