import { levelOfEvent, type LogLevel, redact, redactText, type RunEvent } from "@fastdistill/core";
import { showControls } from "../render/cells.ts";

/** How a line of a log looks. */
export type LogFormat = "text" | "json";

/** Levels, from the one that shows most. */
export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];
/** Formats of a log. */
export const LOG_FORMATS: readonly LogFormat[] = ["text", "json"];

/** Characters of one text in an event. */
const VALUE_CHARS_MAX = 2_000;

/** The line of an event, redacted and bounded; `undefined` for one below the level. */
export function eventLine(
  event: RunEvent,
  { level, format }: { readonly level: LogLevel; readonly format: LogFormat },
): string | undefined {
  const own = levelOfEvent(event);
  if (LOG_LEVELS.indexOf(own) < LOG_LEVELS.indexOf(level)) return undefined;
  const { type, at, ...rest } = event;
  const time = new Date(at).toISOString();
  const fields = Object.entries(rest).map(([name, value]) => [name, bounded(value)] as const);
  if (format === "json") {
    return JSON.stringify({ time, level: own, event: type, ...Object.fromEntries(fields) });
  }
  const shown = fields.map(([name, value]) =>
    `${name}=${typeof value === "string" ? quoted(value) : json(value)}`
  );
  return showControls([time, own.padEnd(5), type, ...shown].join(" "));
}

function bounded(value: unknown): unknown {
  if (typeof value !== "string") return redact(value);
  const text = redactText(value);
  return text.length <= VALUE_CHARS_MAX ? text : `${text.slice(0, VALUE_CHARS_MAX)}…`;
}

function quoted(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : json(text);
}

function json(value: unknown): string {
  return JSON.stringify(value) ?? "null";
}
