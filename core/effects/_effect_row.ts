import { crc32 } from "node:zlib";
import { effectKey } from "./effect_key.ts";
import type { EffectRecord } from "./effect_store.ts";

/** A record as a table holds it. */
export interface EffectRow {
  readonly key: string;
  readonly kind: string;
  readonly request: string;
  readonly response: string;
  readonly meta: string;
  /** CRC-32 of the rest, which finds damage at no cost; `null` in rows of version 1, which had none. */
  readonly checksum: number | null;
}

/** A record as texts, with the checksum over them. */
export function effectRow({ key, kind, ...rest }: EffectRecord): EffectRow & { readonly checksum: number } {
  const [request, response, meta] = [rest.request, rest.response, rest.meta].map((part) =>
    JSON.stringify(part)
  ) as [string, string, string];
  return { key, kind, request, response, meta, checksum: checksumOf({ key, kind, request, response, meta }) };
}

/** The record of a row. @throws {DamagedRow} when the row is not what was written */
export function effectRecord(row: EffectRow): EffectRecord {
  if (row.checksum !== null && row.checksum !== checksumOf(row)) {
    throw new DamagedRow(`the record ${row.key} does not match its checksum`);
  }
  const { key, kind } = row;
  const record: EffectRecord = {
    key,
    kind,
    // Long, and read by few who read the response.
    get request() {
      return JSON.parse(row.request);
    },
    response: JSON.parse(row.response),
    meta: JSON.parse(row.meta),
  };
  if (row.checksum === null) checkKey(record);
  return record;
}

/** Refuses a record whose key is not that of its request. @throws {DamagedRow} */
export function checkKey({ key, kind, request }: EffectRecord): void {
  if (key !== effectKey({ kind, fields: request })) {
    throw new DamagedRow(`the record ${key} does not match its request`);
  }
}

/** A record is not what was once written. */
export class DamagedRow extends Error {
  override readonly name: string = "DamagedRow";
}

// JSON text has no line breaks, so the parts cannot run into each other.
function checksumOf({ key, kind, request, response, meta }: Omit<EffectRow, "checksum">): number {
  return crc32(`${key}\n${kind}\n${request}\n${response}\n${meta}`);
}
