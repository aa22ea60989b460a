import { FastDistillError } from "../errors/mod.ts";
import { isJsonObject, type Json, type JsonObject, type Row } from "../record/mod.ts";
import { expand, fail, type Outcome, pass, reject } from "../step/mod.ts";

const REASON = /^[a-z][a-z0-9_]{0,63}$/;
const ITEMS_MAX = 10_000;

/** Whether a line of JSON may hold a key that changes the prototype of what it is copied into. */
export function mayHoldPrototype(line: string): boolean {
  return line.includes("__proto__") || line.includes("\\u");
}

/** Refuses keys that change the prototype of what they are copied into. @throws {FastDistillError} `plugin.bad_message` */
export function refusePrototype(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === "__proto__") throw badMessage('answered with a key "__proto__"');
    refusePrototype(inner);
  }
}

/**
 * What a plugin said of rows, as outcomes: one for each row, each of a known form.
 * @throws {FastDistillError} `plugin.bad_message` when there are not as many as rows
 */
export function checkOutcomes(found: Json, rows: readonly Row[]): readonly Outcome[] {
  if (!Array.isArray(found)) throw badMessage("answered rows with what is no list");
  if (found.length !== rows.length) {
    throw badMessage(`answered ${rows.length} rows with ${found.length} outcomes`);
  }
  return rows.map((row, index) => checkOutcome(found[index]!, row));
}

/** One outcome; what has no known form fails the row. */
export function checkOutcome(found: Json, row: Row): Outcome {
  if (!isJsonObject(found)) return malformed("is no object");
  if (found.kind !== "expand") return checkSingle(found, row);
  const { items } = found;
  if (!Array.isArray(items)) return malformed("expands a row into what is no list");
  if (items.length > ITEMS_MAX) return malformed(`expands a row into more than ${ITEMS_MAX}`);
  const checked = items.map((item) =>
    isJsonObject(item) ? checkSingle(item, row) : malformed("is no object")
  );
  return expand(checked);
}

function checkSingle(found: JsonObject, row: Row) {
  switch (found.kind) {
    case "pass":
      return checkPass(found, row);
    case "reject": {
      const { reason, detail } = found;
      if (typeof reason !== "string" || !REASON.test(reason)) {
        return malformed("rejects a row without a reason in snake_case");
      }
      return reject(reason, typeof detail === "string" ? detail.slice(0, 4_000) : undefined);
    }
    case "fail": {
      const { error, evidence } = found;
      return fail(
        errorOfPlugin(isJsonObject(error) ? error : {}),
        typeof evidence === "string" ? evidence : undefined,
      );
    }
    default:
      return malformed(`has the kind ${JSON.stringify(found.kind ?? null).slice(0, 40)}`);
  }
}

function checkPass(found: JsonObject, row: Row) {
  if (found.set !== undefined) {
    return isJsonObject(found.set) ? pass({ ...row, ...found.set }) : malformed("sets columns to no object");
  }
  if (found.row === undefined) return pass(row);
  return isJsonObject(found.row) ? pass(found.row) : malformed("passes a row that is no object");
}

/** Codes that a plugin may fail a row with; what else it says is `step.failed`, so that it cannot end a run. */
const OWN_CODES = /^(?:step|data)\.[a-z_]+$/;
const NOT_OWN: ReadonlySet<string> = new Set(["data.write_failed"]);

/** An error as a plugin states it. */
export function errorOfPlugin({ code, message }: JsonObject): FastDistillError {
  const text = typeof message === "string" ? message.slice(0, 2_000) : "The plugin failed without a message";
  const isOwn = typeof code === "string" && OWN_CODES.test(code) && !NOT_OWN.has(code);
  return new FastDistillError(isOwn ? code as "step.failed" : "step.failed", text);
}

function malformed(what: string) {
  return fail(new FastDistillError("step.bad_output", `The plugin answered with an outcome that ${what}`));
}

/** The plugin does not keep to the protocol. */
export function badMessage(what: string): FastDistillError {
  return new FastDistillError("plugin.bad_message", `The plugin ${what}`);
}
