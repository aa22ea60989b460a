/** The data plane: JSON values, rows, ids, canonical bytes and digests. @module */
export { canonicalJson, type CanonicalJsonOptions } from "./canonical_json.ts";
export {
  ColumnCollector,
  type Columns,
  type ColumnType,
  columnTypeOf,
  isColumnTypeCompatible,
} from "./columns.ts";
export {
  compatJson,
  compatSampleId,
  type CompatSampleIdOptions,
  compatValues,
  parseCompatJson,
} from "./compat_json.ts";
export { digest, HASH_POLICY, sha256 } from "./digest.ts";
export { findNotJson, type NotJson } from "./find_not_json.ts";
export { isJsonObject, type Json, type JsonObject } from "./json.ts";
export { MerkleTree } from "./merkle.ts";
export { parseJson, type ParseJsonOptions } from "./parse_json.ts";
export { compareSequencePaths, type Envelope, type Fork, type Row, type SequencePath } from "./row.ts";
export { derivedRowId, sampleIdOf, sourceRowId, sourceRowIds } from "./row_id.ts";
export { NATIVE_HASHER, openTextHasher, type TextHasher } from "./text_hasher.ts";
