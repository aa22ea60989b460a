import { checkComponentName } from "../component/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import { isJsonObject, type Json } from "../record/mod.ts";
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
  if (!isFit || !Number.isSafeInteger(version) || typeof summary !== "string" || !isJsonObject(schema)) {
    throw new FastDistillError(
      "registry.invalid_component",
      "The plugin does not export a step, a task or a provider as its default export",
    );
  }
  checkComponentName(String(name));
  checkPermissions(permissions ?? {});
  return found as unknown as PluginFacts;
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
