import { type ColumnType, isJsonObject, type Json } from "../record/mod.ts";
import type { ColumnFlow } from "../step/mod.ts";
import { badMessage } from "./check_outcome.ts";

const TYPES: ReadonlySet<Json> = new Set<ColumnType>([
  "string",
  "number",
  "boolean",
  "array",
  "object",
  "any",
]);

/** What a plugin says that it does to columns, once it is known to be of that shape. @throws {FastDistillError} `plugin.bad_message` */
export function checkFlow(found: Json): ColumnFlow {
  if (!isJsonObject(found)) throw badMessage("states columns by what is no object");
  const { requires = [], adds = {}, removes = [], keeps = [] } = found;
  if (!Array.isArray(requires) || !requires.every(isRequirement)) {
    throw badMessage("requires columns by what is no list of them");
  }
  if (!isJsonObject(adds) || !Object.values(adds).every((type) => TYPES.has(type))) {
    throw badMessage("adds columns of types that there are not");
  }
  if (!isNames(removes) || !isNames(keeps)) throw badMessage("names columns by what is no list of texts");
  return found as ColumnFlow;
}

function isRequirement(found: Json): boolean {
  if (!isJsonObject(found) || typeof found.column !== "string") return false;
  const { type = "any", at = [], template = false } = found;
  const isPath = Array.isArray(at) &&
    at.every((key) => typeof key === "string" || Number.isSafeInteger(key));
  return TYPES.has(type) && isPath && typeof template === "boolean";
}

function isNames(found: Json): boolean {
  return Array.isArray(found) && found.every((name) => typeof name === "string");
}
