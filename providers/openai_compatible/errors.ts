import {
  catalogueEntry,
  FastDistillError,
  type FastDistillErrorOptions,
  withQuotas,
} from "@fastdistill/core/authoring";
import { detailsOfError, type FailureDetails, failureDetails, readable } from "./_failure_details.ts";
import type { Connection } from "./connection.ts";
import { quotasOf } from "./quotas.ts";
import { rateLimitResetMs, retryAfterMs } from "./retry_after.ts";

type ProviderCode = Extract<FastDistillError["code"], `provider.${string}`>;

/** What a status means when the body does not say more. The one place where statuses become codes. */
const CODE_OF_STATUS: Readonly<Record<number, ProviderCode>> = {
  401: "provider.auth",
  403: "provider.auth",
  408: "provider.timeout",
  409: "provider.rate_limited",
  425: "provider.rate_limited",
  429: "provider.rate_limited",
  500: "provider.unavailable",
  502: "provider.unavailable",
  503: "provider.overloaded",
  504: "provider.timeout",
  522: "provider.timeout",
  524: "provider.timeout",
  529: "provider.overloaded",
};

/** Machine names that settle the code whatever the status is. */
const CODE_OF_NAME: Readonly<Record<string, ProviderCode>> = {
  context_length_exceeded: "provider.context_window",
  exceed_context_size_error: "provider.context_window",
  content_filter: "provider.content_filter",
  content_policy_violation: "provider.content_filter",
  ResponsibleAIPolicyViolation: "provider.content_filter",
  model_not_found: "provider.model_not_found",
  DeploymentNotFound: "provider.model_not_found",
};

/** What refused requests say, for endpoints that give no machine name. Looked at in this order. */
const CODE_OF_TEXT: readonly (readonly [RegExp, ProviderCode])[] = [
  [
    /context[ _](?:length|window|size)|maximum (?:prompt|input) length|(?:prompt|input) is too long|too many input tokens|max_tokens must be at least 1, got -|`inputs` tokens \+/i,
    "provider.context_window",
  ],
  [
    /content (?:management |filter(?:ing)? |safety |usage )?polic|content[ _]filter|\bflagged\b|safety system|requires moderation/i,
    "provider.content_filter",
  ],
  [
    /\bmodel\b.{0,200}?\b(?:not found|does not exist|not exist|is not a valid)|(?:unknown|no such) model|not a valid model/i,
    "provider.model_not_found",
  ],
  [/\b(?:invalid|incorrect) api key|api key (?:is )?(?:not valid|invalid)/i, "provider.auth"],
];
const TEXT_STATUSES: ReadonlySet<number> = new Set([400, 403, 404, 413, 422]);

/** Waiting does not help against these. */
const QUOTA_NAMES: ReadonlySet<string> = new Set([
  "insufficient_quota",
  "billing_hard_limit_reached",
  "billing_not_active",
]);

const MESSAGE_CHARS_MAX = 500;
const CAUSES_MAX = 4;

/** The error for a call that was answered with a status other than success. */
export function statusError(
  connection: Connection,
  answer: { readonly status: number; readonly headers: Headers; readonly text: string },
): FastDistillError {
  const { status, headers } = answer;
  const location = status >= 300 && status < 400 ? headers.get("location") : null;
  if (location !== null) {
    return endpointError(connection, "provider.bad_request", `a redirect to ${location}`, {
      context: { status },
      hint: "Set base_url to where the API is; keys are not sent on to other addresses",
    });
  }
  return failure(connection, { status, headers, details: failureDetails(answer.text) });
}

/** The error for an `error` object inside an answer that claims success, as OpenRouter and llama.cpp send it. */
export function errorInAnswer(
  connection: Connection,
  { error, headers }: { readonly error: unknown; readonly headers: Headers },
): FastDistillError {
  const stated = Number((error as { code?: unknown } | null)?.code);
  const status = stated >= 400 && stated < 600 ? stated : 502;
  return failure(connection, { status, headers, details: detailsOfError(error) });
}

/** The error for an answer that is not one: HTML, cut-off JSON, JSON of another shape. */
export function badResponse(
  connection: Connection,
  { reason, text, status = 200 }: {
    readonly reason: string;
    readonly text: string;
    readonly status?: number;
  },
): FastDistillError {
  const excerpt = cut(connection.scrub(readable(text)), 200);
  const isPage = /^\s*<(?:!doctype|html)/i.test(text);
  return endpointError(
    connection,
    "provider.bad_response",
    excerpt === "" ? reason : `${reason}: ${excerpt}`,
    {
      context: { status },
      hint: isPage ? "The answer is a web page: check that base_url points at the API" : undefined,
    },
  );
}

/** The error for a call that got no answer at all. */
export function connectionError(connection: Connection, thrown: unknown): FastDistillError {
  const reasons: string[] = [];
  let error = thrown;
  for (let depth = 0; depth < CAUSES_MAX && error instanceof Error; depth++, error = error.cause) {
    const reason = error.message || String((error as { code?: unknown }).code ?? error.name);
    if (!reasons.some((known) => known.includes(reason))) reasons.push(reason);
  }
  // No `cause`: the platform's errors quote addresses and header values.
  return endpointError(connection, "provider.connection", reasons.join(": ") || "no connection");
}

interface Failure {
  readonly status: number;
  readonly headers: Headers;
  readonly details: FailureDetails;
}

function failure(connection: Connection, { status, headers, details }: Failure): FastDistillError {
  const isQuota = status === 402 || details.names.some((name) => QUOTA_NAMES.has(name));
  const code = isQuota ? "provider.rate_limited" : codeOf(status, details);
  const message = details.message === "" ? "" : `: ${details.message}`;
  const wait = isQuota ? undefined : waitOf(connection, { code, headers });
  const error = endpointError(connection, code, `status ${status}${message}`, {
    retryable: isQuota ? false : undefined,
    hint: hintOf(connection, { code, status, isQuota }),
    context: {
      status,
      ...(details.names.length === 0
        ? {}
        : { endpoint_code: details.names.map(connection.scrub).join(", ") }),
      ...(wait === undefined ? {} : { retry_after_ms: wait }),
      ...requestId(connection, headers),
    },
  });
  return code === "provider.rate_limited" ? withQuotas(error, quotasOf(headers, connection.now)) : error;
}

function codeOf(status: number, { message, names }: FailureDetails): ProviderCode {
  const named = names.map((name) => own(CODE_OF_NAME, name)).find((code) => code !== undefined);
  if (named !== undefined) return named;
  const told = TEXT_STATUSES.has(status)
    ? CODE_OF_TEXT.find(([pattern]) => pattern.test(message))
    : undefined;
  return told?.[1] ?? CODE_OF_STATUS[status] ??
    (status >= 500 ? "provider.unavailable" : "provider.bad_request");
}

function hintOf(
  { missingKey }: Connection,
  { code, status, isQuota }: {
    readonly code: ProviderCode;
    readonly status: number;
    readonly isQuota: boolean;
  },
): string | undefined {
  if (isQuota) return "The account's quota or credit is used up: waiting does not help";
  if (code === "provider.auth" && missingKey !== undefined) return `No key was sent: set ${missingKey}`;
  if (status === 404 && code === "provider.bad_request") {
    return "Check base_url: nothing answers at this path";
  }
  return undefined;
}

function waitOf(
  { now }: Connection,
  { code, headers }: { readonly code: ProviderCode; readonly headers: Headers },
): number | undefined {
  if (catalogueEntry(code)?.retryable !== true) return undefined;
  return retryAfterMs(headers, now) ??
    (code === "provider.rate_limited" ? rateLimitResetMs(headers, now) : undefined);
}

function requestId(connection: Connection, headers: Headers): { readonly request_id?: string } {
  const id = headers.get("x-request-id");
  return id === null ? {} : { request_id: cut(connection.scrub(id), 100) };
}

function endpointError(
  { endpoint, model, scrub }: Connection,
  code: ProviderCode,
  found: string,
  options: FastDistillErrorOptions = {},
): FastDistillError {
  const message = `Asked ${endpoint} for an answer of "${model}", got ${
    cut(scrub(found), MESSAGE_CHARS_MAX)
  }`;
  return new FastDistillError(code, message, {
    ...options,
    context: { endpoint, model, ...options.context },
  });
}

/** At most so many characters, on one line, without a final period. */
function cut(text: string, charsMax: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line.length > charsMax) return `${line.slice(0, charsMax).toWellFormed()}...`;
  return line.replace(/(?<!\.)\.$/, "");
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
