import { FastDistillError } from "../errors/mod.ts";
import { isJsonObject, type Json, type JsonObject } from "../record/mod.ts";
import type { RowContext } from "../step/mod.ts";
import type { CallHandler, PluginCall } from "./plugin_process.ts";

const TEXTS_MAX = 1_000;

/** On whose behalf calls are made. */
export interface CallScope {
  /** Stands for the plugin in the keys of its effects. */
  readonly scope: string;
  /** Takes what the host threw on a call, by position of the row. */
  readonly errors: Map<number, unknown>;
}

/**
 * What a plugin may ask for its rows: effects, and models of the provider that the pipeline gives its step. Effects are
 * kept apart from those of others by `scope`, so a plugin can neither read nor forge what is not its own.
 */
export function callsOf(contexts: readonly RowContext[], { scope, errors }: CallScope): CallHandler {
  return async (call) => {
    const context = contexts[call.row];
    if (context === undefined) throw refused("It called the host for a row that it was not given");
    try {
      return await answer(call, context, scope);
    } catch (thrown) {
      errors.set(call.row, thrown);
      throw thrown;
    }
  };
}

async function answer(
  { method, params, perform }: PluginCall,
  context: RowContext,
  scope: string,
): Promise<Json> {
  switch (method) {
    case "effect":
      return await context.effect(effectOf(params, scope), perform);
    case "embed":
      return await modelsOf(context).embed(textsOf(params.texts), dimensionsOf(params)) as unknown as Json;
    case "rerank":
      return await modelsOf(context).rerank(
        String(params.query),
        textsOf(params.documents),
      ) as unknown as Json;
    default:
      throw refused(`It called "${method.slice(0, 40)}", which no host offers`);
  }
}

function effectOf({ kind, version, input }: JsonObject, scope: string) {
  if (typeof kind !== "string" || !/^[a-z][a-z0-9_]{0,63}$/.test(kind)) {
    throw refused("It asked for an effect whose kind is no name in snake_case");
  }
  if (typeof version !== "number" || !isJsonObject(input)) {
    throw refused(`It asked for an effect "${kind}" without a version and an input`);
  }
  return { kind: `plugin_${kind}`, version, input: { plugin: scope, input } };
}

function modelsOf({ models, step }: RowContext) {
  if (models !== undefined) return models;
  throw refused(`It asked a model, and the pipeline grants the step "${step}" no provider`);
}

function textsOf(value: Json | undefined): readonly string[] {
  if (!Array.isArray(value) || !value.every((text) => typeof text === "string")) {
    throw refused("It asked a model about what is no list of texts");
  }
  if (value.length > TEXTS_MAX) throw refused(`It asked a model about more than ${TEXTS_MAX} texts at once`);
  return value as readonly string[];
}

function dimensionsOf({ dimensions }: JsonObject): { readonly dimensions?: number } {
  return typeof dimensions === "number" ? { dimensions } : {};
}

function refused(message: string): FastDistillError {
  return new FastDistillError("plugin.refused", message);
}
