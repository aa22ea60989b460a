import { createHash } from "node:crypto";
import type { OutputFile } from "../component/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import { isJsonObject, type Json, type JsonObject } from "../record/mod.ts";
import { createFile, readLines } from "../runtime/mod.ts";
import { effectKey } from "./effect_key.ts";
import type { EffectRecord, EffectStore } from "./effect_store.ts";

/** What the `format` field of the first line of an effect file says. */
export const EFFECT_FILE_FORMAT = "fastdistill.effects";
const VERSION = 1;
const BATCH = 500;

/** What went into a file. */
export interface ExportedEffects {
  /** How many. */
  readonly effects: number;
  /** Of the file. */
  readonly sha256: string;
  /** Bytes of the file. */
  readonly size: number;
}

/** What came out of a file. */
export interface ImportedEffects {
  /** How many the store did not have. */
  readonly added: number;
  /** How many it had; its own stayed. */
  readonly known: number;
}

/**
 * Writes effects, such as those of `selectEffects`, into one portable file, which appears whole: JSON lines, a header first, then a record a line in the
 * order of the keys, then a line with the count and the digest of all lines before it.
 *
 * @throws {FastDistillError} `store.*`, `data.write_failed`
 */
export async function exportEffects(
  records: AsyncIterable<EffectRecord>,
  path: string,
): Promise<ExportedEffects> {
  const file = await createFile(path);
  try {
    const effects = await writeEffects(file, records);
    const { sha256, size } = await file.commit();
    return { effects, sha256, size };
  } catch (cause) {
    await file.abort();
    throw cause;
  }
}

async function writeEffects(file: OutputFile, records: AsyncIterable<EffectRecord>): Promise<number> {
  const hash = createHash("sha256");
  const writeLine = async (value: unknown) => {
    const line = `${JSON.stringify(value)}\n`;
    hash.update(line);
    await file.write(line);
  };
  let effects = 0;
  await writeLine({ format: EFFECT_FILE_FORMAT, version: VERSION });
  for await (const { key, kind, request, response, meta } of records) {
    await writeLine({ key, kind, request, response, meta });
    effects++;
  }
  await file.write(`${JSON.stringify({ effects, sha256: hash.digest("hex") })}\n`);
  return effects;
}

/**
 * Adds the effects of a file to a store. The whole file is checked before the first one is: every key is that of its
 * request, every line is as it was written, none is missing.
 *
 * @throws {FastDistillError} `data.file_not_found`, `data.malformed`, `store.*`
 */
export async function importEffects(store: EffectStore, path: string): Promise<ImportedEffects> {
  for await (const _ of readEffects(path)); // To the end, or to what is wrong.
  const before = await store.count();
  let [batch, read]: [Promise<void>[], number] = [[], 0];
  for await (const record of readEffects(path)) {
    read++;
    batch.push(store.put(record));
    if (batch.length < BATCH) continue;
    await Promise.all(batch);
    batch = [];
  }
  await Promise.all(batch);
  const added = await store.count() - before;
  return { added, known: read - added };
}

/** The records of an effect file. @throws {FastDistillError} `data.file_not_found`, `data.malformed` */
export async function* readEffects(path: string): AsyncGenerator<EffectRecord> {
  const hash = createHash("sha256");
  let [number, effects, isComplete] = [0, 0, false];
  for await (const line of readLines(path)) {
    number++;
    const wrong = (problem: string) => malformed(`${path}:${number}`, problem);
    if (isComplete) throw wrong("a line follows the last one");
    const value = objectOf(line, wrong);
    if (number === 1) checkHeader(value, wrong);
    else if (Object.hasOwn(value, "sha256")) {
      isComplete = true;
      checkEnd(value, { effects, sha256: hash.digest("hex"), wrong });
      continue;
    } else {
      yield recordOf(value, wrong);
      effects++;
    }
    hash.update(`${line}\n`);
  }
  if (!isComplete) throw malformed(path, "the file is cut off: its last line is missing");
}

type Wrong = (problem: string) => FastDistillError;

function malformed(place: string, problem: string): FastDistillError {
  return new FastDistillError("data.malformed", `Cannot read effects from ${place}: ${problem}`, {
    hint: "Export them again with fastdistill cache export",
  });
}

function objectOf(line: string, wrong: Wrong): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw wrong("the line is not JSON");
  }
  if (!isJsonObject(value)) throw wrong("the line is not a JSON object");
  return value;
}

function checkHeader({ format, version }: JsonObject, wrong: Wrong): void {
  if (format !== EFFECT_FILE_FORMAT) {
    throw wrong(`expected "format": "${EFFECT_FILE_FORMAT}", found ${JSON.stringify(format ?? null)}`);
  }
  if (version !== VERSION) {
    throw wrong(`this release reads version ${VERSION}, found ${JSON.stringify(version ?? null)}`);
  }
}

function checkEnd(
  end: JsonObject,
  { effects, sha256, wrong }: { readonly effects: number; readonly sha256: string; readonly wrong: Wrong },
): void {
  if (end.effects !== effects) throw wrong(`expected ${end.effects} records, found ${effects}`);
  if (end.sha256 !== sha256) throw wrong(`expected the digest ${end.sha256}, found ${sha256}`);
}

function recordOf({ key, kind, request, response, meta }: JsonObject, wrong: Wrong): EffectRecord {
  if (typeof key !== "string" || typeof kind !== "string" || !isJsonObject(request)) {
    throw wrong("the record lacks its key, kind or request");
  }
  if (response === undefined || !isJsonObject(meta) || typeof meta.started_at !== "string") {
    throw wrong("the record lacks its response or meta");
  }
  const found = effectKey({ kind, fields: request });
  if (key !== found) throw wrong(`the key ${key} is not that of its request, which is ${found}`);
  return { key, kind, request, response: response as Json, meta: meta as unknown as EffectRecord["meta"] };
}
