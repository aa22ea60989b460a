import {
  type ChatMessage,
  type ChatRequest,
  FastDistillError,
  type Json,
  type JsonObject,
  type RecordingEntry,
} from "@fastdistill/core/authoring";
import type { Tape } from "./tape.ts";

/** How many recorded requests a message compares with, and how many are looked at to find them. */
const NEAREST_MAX = 2;
const CANDIDATES_MAX = 5000;
const KEY_DIGITS = 12;
const EXCERPT_CHARS = 40;
const DIFFERENCES_MAX = 4;
/** Only the ends of long prompts are compared when candidates are ranked. */
const COMPARED_CHARS = 4000;

/** A request that has no answer. */
export interface MissingAnswer {
  /** File as written in the configuration. */
  readonly file: string;
  readonly key: string;
  readonly request: ChatRequest;
  readonly sampleIndex: number;
}

/** The error for a request, or a sample of one, that a recording does not hold; it says what is near and how it differs. */
export function missingAnswer({ recording: { entries } }: Tape, missing: MissingAnswer): FastDistillError {
  const { file, key, request, sampleIndex } = missing;
  const same = entries.get(key);
  const nearest = same !== undefined
    ? [{ entry: same, differences: [sampleDifference(same, sampleIndex)] }]
    : nearestEntries([...entries.values()], request);
  const near = nearest.map(({ entry, differences }) =>
    same === undefined
      ? `recorded ${entry.key.slice(0, KEY_DIGITS)} differs in ${differences.join("; ")}`
      : differences.join("; ")
  );
  return new FastDistillError(
    "provider.recording_missing",
    `Looked in ${file} for sample ${sampleIndex} of request ${key.slice(0, KEY_DIGITS)} (${
      lastUserMessage(request)
    }), ` +
      (near.length === 0 ? "found no recorded request at all" : `found none: ${near.join(" | ")}`),
    {
      context: {
        recording: file,
        request_key: key,
        sample_index: sampleIndex,
        nearest: nearest.map(({ entry, differences }) => ({ request_key: entry.key, differences })),
      },
    },
  );
}

function sampleDifference({ samples }: RecordingEntry, sampleIndex: number): string {
  const indexes = samples.map(({ index }) => index).sort((a, b) => a - b);
  const recorded = indexes.length === 0
    ? "none"
    : indexes.slice(0, 16).join(", ") + (indexes[16] ? ", ..." : "");
  return `sample index (${indexes.length} recorded: ${recorded}; index ${sampleIndex} asked)`;
}

interface Near {
  readonly entry: RecordingEntry;
  readonly differences: readonly string[];
}

function nearestEntries(entries: readonly RecordingEntry[], request: ChatRequest): readonly Near[] {
  const asked = textOf(request.messages);
  const ranked = entries.slice(0, CANDIDATES_MAX).map((entry) => {
    const likeness = likenessOf(textOf(entry.request.messages), asked);
    const others = otherDifferences(entry.request, request).length;
    return { entry, rank: likeness - others * 0.02 };
  });
  ranked.sort((a, b) => b.rank - a.rank || (a.entry.key < b.entry.key ? -1 : 1));
  return ranked.slice(0, NEAREST_MAX).map(({ entry }) => ({
    entry,
    differences: differences(entry.request, request),
  }));
}

function differences(recorded: ChatRequest, asked: ChatRequest): readonly string[] {
  const all = [
    ...messageDifferences(recorded.messages, asked.messages),
    ...otherDifferences(recorded, asked),
  ];
  if (all.length <= DIFFERENCES_MAX) return all;
  return [...all.slice(0, DIFFERENCES_MAX), `and ${all.length - DIFFERENCES_MAX} more`];
}

/** Model, decode parameters, and whatever else a request may state. */
function otherDifferences(recorded: ChatRequest, asked: ChatRequest): readonly string[] {
  const { messages: _, decode: recordedDecode, ...recordedRest } = recorded as ChatRequest & JsonObject;
  const { messages: __, decode: askedDecode, ...askedRest } = asked as ChatRequest & JsonObject;
  return [
    ...fieldDifferences(recordedRest, askedRest),
    ...fieldDifferences(recordedDecode as JsonObject, askedDecode as JsonObject),
  ];
}

function fieldDifferences(recorded: JsonObject, asked: JsonObject): readonly string[] {
  const names = [...new Set([...Object.keys(recorded ?? {}), ...Object.keys(asked ?? {})])].sort();
  return names.flatMap((name) => {
    const [before, now] = [show(recorded?.[name]), show(asked?.[name])];
    if (before === now) return [];
    return [`${name} (${excerptAround(before, now)} recorded, ${excerptAround(now, before)} asked)`];
  });
}

function messageDifferences(
  recorded: readonly ChatMessage[],
  asked: readonly ChatMessage[],
): readonly string[] {
  const counts = recorded.length === asked.length
    ? []
    : [`messages (${recorded.length} recorded, ${asked.length} asked)`];
  const at = asked.findIndex((message, index) => show(message) !== show(recorded[index]));
  const [before, now] = [recorded[at], asked[at]];
  if (before === undefined || now === undefined) return counts;
  if (before.role !== now.role) {
    return [...counts, `messages.${at} (role ${before.role} recorded, ${now.role} asked)`];
  }
  const [was, is] = contentOf(before) === contentOf(now)
    ? [show(before), show(now)]
    : [contentOf(before), contentOf(now)];
  const place = `messages.${at} at character ${sharedStart(was, is)}`;
  return [
    ...counts,
    `${place} (${JSON.stringify(excerptAround(was, is))} recorded, ${
      JSON.stringify(excerptAround(is, was))
    } asked)`,
  ];
}

/** The part of a text in which it begins to differ from another one, with a little before it. */
function excerptAround(text: string, other: string): string {
  const from = Math.max(0, sharedStart(text, other) - EXCERPT_CHARS / 2);
  const to = from + EXCERPT_CHARS;
  const piece = text.slice(from, to).toWellFormed();
  return (from > 0 ? "..." : "") + piece + (to < text.length ? "..." : "");
}

/** From 0 (nothing alike) to 1 (equal): how much of the longer text is shared at both ends. */
function likenessOf(a: string, b: string): number {
  if (a === b) return 1;
  const longest = Math.max(a.length, b.length);
  const start = sharedStart(a, b, COMPARED_CHARS);
  const most = Math.min(a.length, b.length) - start;
  let end = 0;
  while (end < most && end < COMPARED_CHARS && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return (start + end) / Math.min(longest, 2 * COMPARED_CHARS);
}

function sharedStart(a: string, b: string, charsMax = Infinity): number {
  const most = Math.min(a.length, b.length, charsMax);
  let at = 0;
  while (at < most && a[at] === b[at]) at++;
  return at;
}

function textOf(messages: readonly ChatMessage[]): string {
  return messages.map((message) => `${message.role}: ${contentOf(message)}`).join("\n");
}

function contentOf({ content }: ChatMessage): string {
  return typeof content === "string" ? content : show(content as unknown as Json);
}

function lastUserMessage({ messages }: ChatRequest): string {
  const last = messages.findLast(({ role }) => role === "user");
  if (last === undefined) return "no user message";
  const line = contentOf(last).replace(/\s+/g, " ").trim();
  return JSON.stringify(
    line.length > EXCERPT_CHARS ? `${line.slice(0, EXCERPT_CHARS).toWellFormed()}...` : line,
  );
}

function show(value: unknown): string {
  return value === undefined ? "none" : JSON.stringify(value);
}
