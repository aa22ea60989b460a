import { isJsonObject } from "@fastdistill/core/authoring";

/** What an endpoint says about a failure, whatever form it chose. Empty texts where it says nothing. */
export interface FailureDetails {
  readonly message: string;
  /** Machine names, such as `context_length_exceeded`: `code`, `type`, and Azure's inner code. */
  readonly names: readonly string[];
}

/** Only so much of a text is looked at, however long it is. */
const LOOK_AT_CHARS = 8192;

/** Reads the body of a failed call: JSON of half a dozen shapes, an HTML page, or plain text. */
export function failureDetails(text: string): FailureDetails {
  const value = parseJson(text);
  if (value === undefined) return { message: readable(text), names: [] };
  // Google's endpoint wraps the object in a list.
  return ofJson(Array.isArray(value) ? value[0] : value);
}

/** What an endpoint says in an `error` object. */
export function detailsOfError(error: unknown): FailureDetails {
  return ofJson({ error });
}

/** The beginning of a text on one line; of a page, what a reader sees. */
export function readable(text: string): string {
  const start = text.slice(0, LOOK_AT_CHARS);
  const visible = /<(?:!doctype|html|head|body)\b/i.test(start)
    ? start.replace(/<(script|style)\b[\s\S]*?<\/\1\s*>/gi, " ").replace(/<[^>]*>/g, " ")
    : start;
  return visible.replace(/\s+/g, " ").trim();
}

function ofJson(value: unknown): FailureDetails {
  if (typeof value === "string") return { message: readable(value), names: [] };
  if (!isJsonObject(value)) return { message: "", names: [] };
  const error = isJsonObject(value.error) ? value.error : value;
  const inner = isJsonObject(error.innererror) ? error.innererror : {};
  const metadata = isJsonObject(error.metadata) ? error.metadata : {};
  const message = [error.message, value.error, value.detail, value.message].map(messageOf).find((one) =>
    one !== ""
  );
  // OpenRouter says only "Provider returned error", and the reason elsewhere.
  const reasons = [message ?? "", messageOf(metadata.raw)].filter((one) => one !== "");
  const names = [error.code, error.type, inner.code, value.error_type].filter((name) =>
    typeof name === "string"
  );
  return { message: reasons.join(": "), names };
}

function messageOf(value: unknown): string {
  if (typeof value === "string") {
    const nested = value.trimStart().startsWith("{") ? parseJson(value) : undefined;
    return nested === undefined ? readable(value) : ofJson(nested).message || readable(value);
  }
  // FastAPI's validation errors: a list of {loc, msg}.
  if (!Array.isArray(value)) return "";
  const each = value.map((item) => {
    if (!isJsonObject(item) || typeof item.msg !== "string") return "";
    const place = Array.isArray(item.loc) ? `${item.loc.join(".")}: ` : "";
    return place + item.msg;
  });
  return each.filter((one) => one !== "").join("; ");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not JSON: the caller reads it as text.
  }
}
