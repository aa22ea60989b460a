import { digest, type JsonObject } from "../record/mod.ts";

/** Layout of the fields behind effect keys; raised when it changes. */
const KEY_VERSION = 1;

/** An effect that is wanted. */
export interface WantedEffect {
  /** Such as `chat`, `sql_exec`. */
  readonly kind: string;
  /** Everything that can change the answer. Never keys of an API, time limits, concurrency. */
  readonly fields: JsonObject;
  /** Name of the step that wants it; for messages, no part of the key. */
  readonly step?: string | undefined;
  /** Id of the row that wants it; for messages, no part of the key. */
  readonly row?: string | undefined;
}

/**
 * The key of an effect: SHA-256 over the canonical JSON of all that can change the answer.
 *
 * @example
 * ```ts
 * import { effectKey } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const key = effectKey({ kind: "lookup", fields: { word: "a", in: "en" } });
 * assertEquals(key, effectKey({ kind: "lookup", fields: { in: "en", word: "a" } }));
 * ```
 */
export function effectKey({ kind, fields }: WantedEffect): string {
  return digest({ key_version: KEY_VERSION, kind, fields });
}

/** The same effect under a pipeline's salt, which is part of its key. */
export function saltEffect(wanted: WantedEffect, salt: string | undefined): WantedEffect {
  return salt === undefined ? wanted : { ...wanted, fields: { ...wanted.fields, cache_salt: salt } };
}
