import type { Quota } from "@fastdistill/core/authoring";
import { durationMs, number } from "./_duration.ts";

type Unit = Quota["of"];

const UNITS: readonly Unit[] = ["requests", "tokens"];
/** A quota that comes back later than this is not paced for: a wrong header would hold a whole run up. */
const RESET_MS_MAX = 3_600_000;
/** Only so much of a list is looked at. */
const LIST_CHARS_MAX = 2_048;

/** A quota as the headers state it, whatever is missing or nonsense. */
interface Stated {
  readonly of: Unit | undefined;
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
  readonly resetMs: number | undefined;
  readonly returns?: Quota["returns"];
}

/**
 * What the headers of an answer or a refusal say about quotas; of several for the same unit the one that has the least
 * left. Absent or senseless headers say nothing.
 *
 * Sources: OpenAI's, Azure's and Groq's `x-ratelimit-*`, Anthropic's `anthropic-ratelimit-*`, OpenRouter's plain
 * `x-ratelimit-*`, and `RateLimit`, `RateLimit-Policy` and `RateLimit-*` of draft-ietf-httpapi-ratelimit-headers
 * (versions 3 to 10).
 */
export function quotasOf(headers: Headers, now: () => number): readonly Quota[] | undefined {
  const moment = serverTime(headers, now);
  const stated = [
    ...UNITS.map((of) => vendorQuota(headers, of, moment)),
    ...UNITS.map((of) => anthropicQuota(headers, of, moment)),
    plainQuota(headers, "x-ratelimit-", moment),
    plainQuota(headers, "ratelimit-", moment),
    ...draftQuotas(headers),
  ].filter(isSensible);
  const quotas = UNITS.flatMap((of) => {
    const [least] = stated.filter((quota) => quota.of === of)
      .sort((a, b) => a.remaining / a.limit - b.remaining / b.limit);
    return least === undefined ? [] : [least];
  });
  return quotas.length === 0 ? undefined : quotas;
}

/** The endpoint's own clock, where it tells it, so that a wrong clock here does no harm. */
function serverTime(headers: Headers, now: () => number): () => number {
  const sent = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(sent) ? now : () => sent;
}

function vendorQuota(headers: Headers, of: Unit, now: () => number): Stated {
  return {
    of,
    limit: number(headers.get(`x-ratelimit-limit-${of}`)),
    remaining: number(headers.get(`x-ratelimit-remaining-${of}`)),
    resetMs: durationMs(headers.get(`x-ratelimit-reset-${of}`), now),
  };
}

function anthropicQuota(headers: Headers, of: Unit, now: () => number): Stated {
  return {
    of,
    limit: number(headers.get(`anthropic-ratelimit-${of}-limit`)),
    remaining: number(headers.get(`anthropic-ratelimit-${of}-remaining`)),
    resetMs: durationMs(headers.get(`anthropic-ratelimit-${of}-reset`), now),
  };
}

/** Headers that do not say what they count: requests. The draft's limit may be followed by its policies. */
function plainQuota(headers: Headers, prefix: string, now: () => number): Stated {
  const limit = headers.get(`${prefix}limit`)?.split(/[,;]/, 1)[0];
  return {
    of: "requests",
    limit: number(limit),
    remaining: number(headers.get(`${prefix}remaining`)),
    resetMs: durationMs(headers.get(`${prefix}reset`), now),
    returns: "at_once",
  };
}

interface DraftItem {
  readonly name: string;
  readonly values: ReadonlyMap<string, string>;
}

/** `RateLimit: "name";r=5;t=30` beside `RateLimit-Policy: "name";q=10;w=60`, or `limit=10, remaining=5, reset=30`. */
function draftQuotas(headers: Headers): readonly Stated[] {
  const text = headers.get("ratelimit");
  if (text === null) return [];
  const policies = draftItems(headers.get("ratelimit-policy") ?? "");
  const flat = new Map(draftItems(text).flatMap(({ name, values }) => [...values, pairOf(name)]));
  if (flat.has("remaining")) {
    return [{
      of: "requests",
      limit: number(flat.get("limit")),
      remaining: number(flat.get("remaining")),
      resetMs: secondsMs(flat.get("reset")),
      returns: "at_once",
    }];
  }
  return draftItems(text).map(({ name, values }) => {
    const policy = policies.find((one) => one.name === name)?.values;
    return {
      of: unitOf(name, policy?.get("qu")),
      limit: number(policy?.get("q")),
      remaining: number(values.get("r")),
      resetMs: secondsMs(values.get("t") ?? policy?.get("w")),
      returns: "at_once" as const,
    };
  });
}

function draftItems(text: string): readonly DraftItem[] {
  return text.slice(0, LIST_CHARS_MAX).split(",").map((item) => {
    const [name, ...values] = item.split(";").map((part) => part.trim());
    return { name: unquoted(name ?? ""), values: new Map(values.map(pairOf)) };
  });
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  return at < 0 ? [text, ""] : [text.slice(0, at).trim(), unquoted(text.slice(at + 1).trim())];
}

function unquoted(text: string): string {
  return text.replace(/^"|"$/g, "");
}

/** The draft knows requests and bytes; tokens are told apart by the policy's name. */
function unitOf(name: string, unit: string | undefined): Unit | undefined {
  if (/token/i.test(unit ?? name)) return "tokens";
  return unit === undefined || unit === "requests" ? "requests" : undefined;
}

function secondsMs(text: string | undefined): number | undefined {
  const seconds = number(text);
  return seconds === undefined ? undefined : seconds * 1_000;
}

function isSensible(quota: Stated): quota is Quota {
  const { of, limit = NaN, remaining = NaN, resetMs = NaN } = quota;
  return of !== undefined && Number.isFinite(limit) && limit > 0 && remaining >= 0 && remaining <= limit &&
    resetMs >= 0 && resetMs <= RESET_MS_MAX;
}
