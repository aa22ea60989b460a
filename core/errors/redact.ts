const SECRET_KEY =
  /^(?:.*[_-])?(?:api[_-]?key|apikey|authorization|auth|token|secret|password|passwd|credential|cookie)s?$/i;
const NOT_SECRET_KEY =
  /(?:^|_)(?:input|output|prompt|completion|reasoning|cached|total|max|min|stop)_tokens?$|^tokens?$/i;
const SECRET_TEXT: readonly RegExp[] = [
  /\b(?:sk|pk|rk)-[A-Za-z0-9_-]{12,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,}/g,
  /\bhf_[A-Za-z0-9]{16,}/g,
  /\bAKIA[0-9A-Z]{16}\b/g,
  /\bAIza[0-9A-Za-z_-]{30,}/g,
  /\bBearer\s+[A-Za-z0-9._~+/=-]{8,}/gi,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*/g,
  /(?<=:\/\/[^\s/:@]+:)[^\s/@]+(?=@)/g,
];
const DEPTH_MAX = 8;

/** What stands where a secret stood. */
export const REDACTED = "[redacted]";

/**
 * Replaces what looks like a credential in a text: keys of well-known vendors, bearer tokens, passwords in URLs.
 *
 * @example
 * ```ts
 * import { redactText } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(redactText("Authorization: Bearer abcdefghijkl"), "Authorization: [redacted]");
 * ```
 */
export function redactText(text: string): string {
  let result = text;
  for (const pattern of SECRET_TEXT) result = result.replace(pattern, REDACTED);
  return result;
}

/** Whether a field of this name holds a credential. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key) && !NOT_SECRET_KEY.test(key);
}

/** A copy of a value, fit for logs, in which credentials are replaced; deeper than 8 levels is cut off. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactText(value);
  if (value instanceof Error) return redactText(value.message);
  if (value === null || typeof value !== "object") return typeof value === "bigint" ? String(value) : value;
  if (depth >= DEPTH_MAX) return "[too deep]";
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  const entries = Object.entries(value).map(([key, item]) =>
    [
      key,
      isSecretKey(key) && item !== undefined && item !== null ? REDACTED : redact(item, depth + 1),
    ] as const
  );
  return Object.fromEntries(entries);
}
