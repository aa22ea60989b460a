import { didYouMean, FastDistillError } from "../errors/mod.ts";
import type { ChatChoice, ChatRequest, Usage } from "../provider/mod.ts";
import { digest, isJsonObject } from "../record/mod.ts";
import { headerProblem, sampleProblem } from "./_recording_problem.ts";

/** What the `format` field of a recording's first line says. */
export const RECORDING_FORMAT = "fastdistill.recording";

/** First line of a recording: where its answers came from. */
export interface RecordingHeader {
  /** Tells a recording from any other JSON lines. */
  readonly format: typeof RECORDING_FORMAT;
  /** Of the format. */
  readonly version: 1;
  /** Name of the provider component that was asked. */
  readonly adapter: string;
  /** Identity of the endpoint that was asked, without credentials. */
  readonly endpoint: string;
  /** Models that were asked, sorted. */
  readonly models: readonly string[];
  /** ISO 8601 date of the newest answer. */
  readonly recorded_at: string;
  /** For people: machine, settings, licence. */
  readonly note?: string;
}

/** One recorded answer to a request. */
export interface RecordedSample extends ChatChoice {
  /** Sample index, from 0. */
  readonly index: number;
  /** The model's version string as the endpoint stated it. */
  readonly model: string;
  /** This sample's part of the call's usage. */
  readonly usage: Usage;
  /** Milliseconds of the call that answered. */
  readonly duration_ms: number;
}

/** Any further line of a recording: a request and its samples. */
export interface RecordingEntry {
  /** {@linkcode requestKey} of the request. */
  readonly key: string;
  /** As it was asked; the key can be computed from it again. */
  readonly request: ChatRequest;
  /** Sorted by index; there may be gaps where a sample failed. */
  readonly samples: readonly RecordedSample[];
}

/** A whole recording. */
export interface Recording {
  /** The first line. */
  readonly header: RecordingHeader;
  /** By request key. */
  readonly entries: ReadonlyMap<string, RecordingEntry>;
}

/** Digest of everything in a request that can change the answer, the sample index apart. */
export function requestKey(request: ChatRequest): string {
  return digest({ kind: "chat", ...request });
}

/** The text of a recording: header first, then entries in the order of their keys. */
export function formatRecording(header: RecordingHeader, entries: Iterable<RecordingEntry>): string {
  const sorted = [...entries].sort((a, b) => a.key < b.key ? -1 : 1);
  return [header, ...sorted].map((line) => JSON.stringify(line) + "\n").join("");
}

/**
 * Reads a recording.
 * @throws {FastDistillError} `provider.recording_unreadable`, naming file and line
 */
export async function parseRecording(lines: AsyncIterable<string>, file: string): Promise<Recording> {
  let header: RecordingHeader | undefined;
  const entries = new Map<string, RecordingEntry>();
  let line = 0;
  for await (const text of lines) {
    line++;
    if (text.trim() === "") continue;
    const value = parseLine(text, { file, line });
    if (header === undefined) header = checkHeader(value, { file, line });
    else {
      const entry = checkEntry(value, { file, line });
      entries.set(entry.key, entry);
    }
  }
  if (header === undefined) throw unreadable("it is empty", { file, line: 1 });
  return { header, entries };
}

interface Place {
  readonly file: string;
  readonly line: number;
}

function parseLine(text: string, place: Place): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable("the line is not JSON", place, cause);
  }
}

function checkHeader(value: unknown, place: Place): RecordingHeader {
  if (!isJsonObject(value) || value.format !== RECORDING_FORMAT) {
    const found = isJsonObject(value) ? String(value.format) : typeof value;
    throw unreadable(`the first line must have "format": "${RECORDING_FORMAT}", found ${found}`, place);
  }
  if (value.version !== 1) {
    throw unreadable(`its version is ${JSON.stringify(value.version)}, and only 1 is known`, place);
  }
  const problem = headerProblem(value);
  if (problem !== undefined) throw unreadable(problem, place);
  return value as unknown as RecordingHeader;
}

function checkEntry(value: unknown, place: Place): RecordingEntry {
  const wanted = ["key", "request", "samples"];
  if (!isJsonObject(value)) throw unreadable("the line is not a JSON object", place);
  const missing = wanted.find((name) => value[name] === undefined);
  if (missing !== undefined) {
    throw unreadable(`the line has no "${missing}"${didYouMean(missing, Object.keys(value))}`, place);
  }
  const entry = value as unknown as RecordingEntry;
  if (!Array.isArray(entry.samples)) throw unreadable(`"samples" is not a list`, place);
  const problem = entry.samples.map(sampleProblem).find((one) => one !== undefined);
  if (problem !== undefined) throw unreadable(problem, place);
  if (requestKey(entry.request) !== entry.key) {
    throw unreadable("the key does not belong to the request", place);
  }
  return entry;
}

function unreadable(reason: string, { file, line }: Place, cause?: unknown): FastDistillError {
  return new FastDistillError(
    "provider.recording_unreadable",
    `Cannot read the recording ${file}, line ${line}: ${reason}`,
    {
      location: { file, line },
      cause,
    },
  );
}
