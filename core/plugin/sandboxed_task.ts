import { isJsonObject, type Json, type JsonObject, type Row } from "../record/mod.ts";
import type { TaskComponent, TaskPrompt } from "../step/mod.ts";
import { PluginQuestions } from "./ask_at_once.ts";
import { badMessage } from "./check_outcome.ts";
import { definedOf, openPluginHost, type SandboxedPlugin } from "./open_plugin_host.ts";

const ROLES = ["system", "user", "assistant", "tool"];

/** A task whose prompts are written and whose answers are read in a sandbox; the host asks the model. */
export function sandboxedTask(plugin: SandboxedPlugin): TaskComponent {
  const { facts, code: { origin } } = plugin;
  const questions = new PluginQuestions(plugin.code);
  const { citation, docs, stability, permissions, independent } = facts;
  return {
    component: "task",
    plugin: origin,
    definition: {
      name: facts.name,
      version: facts.version,
      promptVersion: facts.promptVersion!,
      summary: facts.summary,
      ...definedOf({ citation, docs, stability, permissions, independent }),
      config: questions.schemaOf(facts),
      columns: (config, before) => questions.columnsOf(config, before),
      open: async (config, setup) => {
        const host = await openPluginHost(plugin, questions.givenOf(config), setup);
        const ask = async (method: string, params: unknown) =>
          await host.request(method, JSON.stringify(params));
        return {
          prompt: async (row) => promptIn(await ask("prompt", { row })),
          parse: async (text, row, answer) => columnsIn(await ask("parse", { text, row, answer })),
          close: () => host.close(),
        };
      },
    },
  };
}

function promptIn(found: Json): TaskPrompt {
  const { messages, response_schema, tools } = isJsonObject(found) ? found : {} as JsonObject;
  if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isMessage)) {
    throw badMessage("gave a prompt without messages");
  }
  if (response_schema !== undefined && !isJsonObject(response_schema)) {
    throw badMessage("gave a response schema that is no object");
  }
  if (tools !== undefined && !(Array.isArray(tools) && tools.every(isJsonObject))) {
    throw badMessage("gave tools that are no list of objects");
  }
  return definedOf({ messages, response_schema, tools }) as unknown as TaskPrompt;
}

function isMessage(found: Json): boolean {
  if (!isJsonObject(found) || !ROLES.includes(found.role as string)) return false;
  return typeof found.content === "string" ||
    (Array.isArray(found.content) && found.content.every(isJsonObject));
}

function columnsIn(found: Json): Row {
  if (!isJsonObject(found)) throw badMessage("read an answer as what is no object");
  const added = found.set ?? found.row ?? {};
  if (isJsonObject(added)) return added;
  throw badMessage("read an answer as what is no object");
}
