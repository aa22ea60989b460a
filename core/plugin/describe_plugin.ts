import { checkComponentName, type Stability } from "../component/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import { isJsonObject, type Json, type JsonObject } from "../record/mod.ts";
import { badMessage } from "./check_outcome.ts";
import { type PluginCode, type PluginFacts, startOf } from "./plugin_code.ts";
import { PluginHost } from "./plugin_host.ts";
import type { PluginNote } from "./plugin_process.ts";

const KINDS = ["source", "row", "ordered", "batch", "global", "sink"];

/**
 * Loads a plugin in a sandbox without any permission, and has it say what it is.
 *
 * @throws {FastDistillError} `plugin.*`
 */
export async function describePlugin(
  code: PluginCode,
  onNote: (note: PluginNote) => void = () => {},
): Promise<PluginFacts> {
  const host = new PluginHost({
    name: code.name,
    start: startOf(code, {}),
    limits: { ...code.limits, restartsMax: 0 },
    onNote,
  });
  try {
    return checkFacts(await host.request("describe", "{}"));
  } finally {
    await host.close();
  }
}

function checkFacts(found: Json): PluginFacts {
  if (!isJsonObject(found)) throw badMessage("describes itself by what is no object");
  const { component, name, kind, version, summary, promptVersion, schema, permissions, capabilities } = found;
  const isFit = (component === "step" && typeof kind === "string" && KINDS.includes(kind)) ||
    (component === "task" && Number.isSafeInteger(promptVersion)) ||
    (component === "provider" && isTexts(capabilities));
  const isStated = Number.isSafeInteger(version) && isLine(summary) && isJsonObject(schema);
  if (!isFit || !isStated) {
    throw new FastDistillError(
      "registry.invalid_component",
      "The plugin does not export a step, a task or a provider as its default export",
    );
  }
  checkComponentName(String(name));
  checkNotes(found);
  checkPermissions(permissions ?? {});
  return found as unknown as PluginFacts;
}

const STABILITIES: ReadonlySet<Json> = new Set<Stability>(["stable", "beta", "experimental"]);
const NEEDS: ReadonlySet<Json> = new Set<NonNullable<PluginFacts["needs"]>>(["embedding", "rerank"]);

/** What it may say of itself besides: it is printed, so that it is one line each. */
function checkNotes(
  { stability = "stable", docs = "", citation = "", needs = "embedding", independent = false }: JsonObject,
): void {
  if (!STABILITIES.has(stability)) throw badMessage("states a stability that there is not");
  if (docs !== "" && !isLine(docs)) throw badMessage("states its docs by what is no line of text");
  if (citation !== "" && !isLine(citation)) {
    throw badMessage("states its citation by what is no line of text");
  }
  if (typeof independent !== "boolean") {
    throw badMessage("states its independence by what is neither true nor false");
  }
  if (!NEEDS.has(needs)) throw badMessage("needs a capability that there is not");
}

function isLine(found: Json | undefined): boolean {
  return typeof found === "string" && /^\P{Cc}{1,1000}$/u.test(found);
}

const PERMISSIONS = ["net", "read", "env", "run", "ffi", "sys"];
const TEXT = /^[^,\p{Cc}]{1,300}$/u;

function checkPermissions(found: Json): void {
  if (!isJsonObject(found)) throw badMessage("declares permissions by what is no object");
  for (const [name, values] of Object.entries(found)) {
    if (!PERMISSIONS.includes(name)) throw badMessage(`declares a permission "${name}"`);
    if (!isTexts(values) || !values.every((value) => TEXT.test(value))) {
      throw badMessage(`declares the permission "${name}" by what is no list of names`);
    }
  }
}

function isTexts(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.length <= 100 && value.every((one) => typeof one === "string");
}
