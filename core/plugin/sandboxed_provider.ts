import { FastDistillError, isFastDistillError } from "../errors/mod.ts";
import type {
  BatchLimits,
  Capability,
  ChatCompletion,
  EmbeddingAnswer,
  Provider,
  ProviderComponent,
  RerankAnswer,
} from "../provider/mod.ts";
import { isJsonObject, type Json, type JsonObject } from "../record/mod.ts";
import { PluginQuestions } from "./ask_at_once.ts";
import { badMessage } from "./check_outcome.ts";
import { definedOf, type SandboxedPlugin } from "./open_plugin_host.ts";
import { startOf } from "./plugin_code.ts";
import { hasEndedBy, PluginHost } from "./plugin_host.ts";

const FINISHED = ["stop", "length", "tool_calls", "content_filter", "error", "other"];

/** A provider that runs in a sandbox, with no other way out than the hosts that it was granted. */
export function sandboxedProvider(plugin: SandboxedPlugin): ProviderComponent {
  const { facts, code } = plugin;
  const questions = new PluginQuestions(code);
  const { citation, docs, stability, permissions } = facts;
  return {
    component: "provider",
    plugin: code.origin,
    definition: {
      name: facts.name,
      version: facts.version,
      summary: facts.summary,
      capabilities: facts.capabilities as readonly Capability[],
      ...definedOf({ citation, docs, stability, permissions }),
      config: questions.schemaOf(facts),
      open: async (config, { name, warn }) => {
        const host = new PluginHost({
          name: code.name,
          start: startOf(code, plugin.granted),
          limits: code.limits,
          opening: {
            config: questions.givenOf(config),
            setup: { name, step: name, seed: 0, hasModels: false },
          },
          onNote: ({ kind, level, message }) => {
            if (level === "warn" || level === "error") {
              warn?.(kind === "log" ? "plugin.log" : "plugin.refused", message);
            }
          },
        });
        try {
          return providerOf(plugin, host, await host.open());
        } catch (cause) {
          await host.close();
          throw cause;
        }
      },
    },
  };
}

function providerOf({ code, facts }: SandboxedPlugin, host: PluginHost, opened: Json): Provider {
  const { endpoint, model, capabilities, account, batchMax } = isJsonObject(opened)
    ? opened
    : {} as JsonObject;
  if (typeof endpoint !== "string" || typeof model !== "string" || !Array.isArray(capabilities)) {
    throw badMessage("opens a provider without an endpoint, a model and capabilities");
  }
  const can = facts.capabilities!.filter((one) => capabilities.includes(one)) as Capability[];
  const ask = async (method: string, { signal, ...params }: { readonly signal: AbortSignal }) => {
    try {
      return await host.request(method, JSON.stringify(params), { signal });
    } catch (thrown) {
      throw asProviderError(thrown);
    }
  };
  return {
    // Other code of the same plugin may answer otherwise, so its effects are others.
    adapter: `${facts.name}+${code.origin.integrity.slice(0, 23)}`,
    endpoint,
    model,
    capabilities: can,
    ...(typeof account === "string" ? { account } : {}),
    ...(isJsonObject(batchMax) ? { batchMax: batchMax as unknown as BatchLimits } : {}),
    ...(can.includes("chat") ? { chat: async (call) => completionIn(await ask("chat", call)) } : {}),
    ...(can.includes("embedding") ? { embed: async (call) => vectorsIn(await ask("embed", call)) } : {}),
    ...(can.includes("rerank") ? { rerank: async (call) => scoresIn(await ask("rerank", call)) } : {}),
    close: () => host.close(),
  };
}

/** A plugin that ends while it is asked is asked again, as an endpoint that fails is. */
function asProviderError(thrown: unknown): unknown {
  if (hasEndedBy(thrown)) {
    return new FastDistillError("provider.unavailable", (thrown as Error).message, { cause: thrown });
  }
  if (!isFastDistillError(thrown) || thrown.code !== "step.failed") return thrown;
  return new FastDistillError("provider.bad_response", thrown.message, { cause: thrown });
}

function completionIn(found: Json): ChatCompletion {
  const { choices, usage, model, id } = isJsonObject(found) ? found : {} as JsonObject;
  if (!Array.isArray(choices) || !choices.every(isChoice)) throw badAnswer("without choices");
  return {
    choices,
    usage: usageIn(usage),
    model: textIn(model),
    ...definedOf({ id }),
  } as unknown as ChatCompletion;
}

function isChoice(found: Json): boolean {
  if (!isJsonObject(found) || typeof found.content !== "string" || !isJsonObject(found.finish_reason)) {
    return false;
  }
  return FINISHED.includes(found.finish_reason.kind as string);
}

function vectorsIn(found: Json): EmbeddingAnswer {
  const { vectors, usage, model } = isJsonObject(found) ? found : {} as JsonObject;
  if (!Array.isArray(vectors) || !vectors.every(isNumbers)) throw badAnswer("without vectors");
  return { vectors, usage: usageIn(usage), model: textIn(model) } as unknown as EmbeddingAnswer;
}

function scoresIn(found: Json): RerankAnswer {
  const { scores, usage, model } = isJsonObject(found) ? found : {} as JsonObject;
  if (!isNumbers(scores)) throw badAnswer("without scores");
  return { scores, usage: usageIn(usage), model: textIn(model) } as unknown as RerankAnswer;
}

function isNumbers(found: Json | undefined): boolean {
  return Array.isArray(found) && found.every((one) => typeof one === "number");
}

/** What a plugin states is what is paid for, so it has to be a count. */
function usageIn(found: Json | undefined): JsonObject {
  const isCount = (value: Json | undefined) => Number.isSafeInteger(value) && (value as number) >= 0;
  if (isJsonObject(found) && isCount(found.input_tokens) && isCount(found.output_tokens)) return found;
  throw badAnswer("whose usage is no count of tokens");
}

function textIn(found: Json | undefined): string {
  if (typeof found === "string") return found;
  throw badAnswer("without the name of a model");
}

function badAnswer(what: string): FastDistillError {
  return new FastDistillError("provider.bad_response", `The plugin gave an answer ${what}`);
}
