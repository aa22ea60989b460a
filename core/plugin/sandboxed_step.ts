import { FastDistillError } from "../errors/mod.ts";
import { isJsonObject, type Json, type JsonObject, type Row } from "../record/mod.ts";
import type {
  BatchRunner,
  RowRunner,
  SourceRunner,
  StepComponent,
  StepDefinition,
  StepSetup,
} from "../step/mod.ts";
import { PluginQuestions } from "./ask_at_once.ts";
import { badMessage, checkOutcomes } from "./check_outcome.ts";
import { callsOf } from "./host_calls.ts";
import { definedOf, openPluginHost, type SandboxedPlugin, scopeOf } from "./open_plugin_host.ts";
import type { PluginHost } from "./plugin_host.ts";
import { RowBatcher, sharedSignal } from "./row_batcher.ts";

const SOURCE_ROWS = 64;

/** A step whose work is done in a sandbox. @throws {FastDistillError} `plugin.unsupported` for a kind that cannot be */
export function sandboxedStep(plugin: SandboxedPlugin): StepComponent {
  const { code: { origin }, facts } = plugin;
  const questions = new PluginQuestions(plugin.code);
  const { citation, docs, stability, permissions, needs } = facts;
  const base = {
    name: facts.name,
    version: facts.version,
    summary: facts.summary,
    config: questions.schemaOf(facts),
    ...(needs === undefined ? {} : { needs }),
    ...definedOf({ citation, docs, stability, permissions }),
    columns: (config: unknown, before: Parameters<StepDefinition<unknown>["columns"]>[1]) =>
      questions.columnsOf(config, before),
  };
  const open = (config: unknown, setup: StepSetup) =>
    openPluginHost(plugin, questions.givenOf(config), setup);
  return {
    component: "step",
    definition: { ...base, ...workOf(plugin, { questions, open }) },
    plugin: origin,
  };
}

interface Working {
  readonly questions: PluginQuestions;
  readonly open: (config: unknown, setup: StepSetup) => Promise<PluginHost>;
}

type Work<Kind extends string> = Pick<
  Extract<StepDefinition<unknown>, { readonly kind: Kind }>,
  Extract<"kind" | "open" | "batchSize", keyof Extract<StepDefinition<unknown>, { readonly kind: Kind }>>
>;

function workOf(
  { code, facts }: SandboxedPlugin,
  { questions, open }: Working,
): Work<"row"> | Work<"ordered"> | Work<"batch"> | Work<"source"> {
  const scope = scopeOf(code);
  switch (facts.kind) {
    case "row":
    case "ordered":
      return { kind: facts.kind, open: async (config, setup) => rowsBy(await open(config, setup), scope) };
    case "batch":
      return {
        kind: "batch",
        batchSize: (config) => questions.batchSizeOf(config),
        open: async (config, setup) => batchesBy(await open(config, setup), scope),
      };
    case "source":
      return { kind: "source", open: async (config, setup) => sourceBy(await open(config, setup)) };
    default:
      throw new FastDistillError(
        "plugin.unsupported",
        `The plugin "${code.name}" is a ${facts.kind} step, and a sandbox runs row, ordered, batch and source steps`,
        { hint: `To run it with all permissions of this process: --trust-plugin ${code.name}` },
      );
  }
}

function rowsBy(host: PluginHost, scope: string): RowRunner {
  const batcher = new RowBatcher(host, scope);
  return {
    process: (row, context) => batcher.process(row, context),
    close: () => host.close(),
  };
}

function batchesBy(host: PluginHost, scope: string): BatchRunner {
  return {
    process: async (rows, contexts) => {
      const errors = new Map<number, unknown>();
      const params = JSON.stringify({ ids: contexts.map(({ rowId }) => rowId), rows });
      const onCall = callsOf(contexts, { scope, errors });
      try {
        return checkOutcomes(
          await host.request("processBatch", params, {
            onCall,
            rowCount: rows.length,
            signal: sharedSignal(contexts),
          }),
          rows,
        );
      } catch (thrown) {
        for (const error of errors.values()) throw error;
        throw thrown;
      }
    },
    close: () => host.close(),
  };
}

function sourceBy(host: PluginHost): SourceRunner {
  return {
    rows: async function* (signal) {
      try {
        for (let isDone = false; !isDone;) {
          const found = await host.request("rows", JSON.stringify({ max: SOURCE_ROWS }), { signal });
          const { rows, done } = rowsIn(found);
          yield* rows;
          isDone = done;
        }
      } finally {
        await host.close();
      }
    },
  };
}

function rowsIn(found: Json): { readonly rows: readonly Row[]; readonly done: boolean } {
  const { rows, done } = isJsonObject(found) ? found : {} as JsonObject;
  if (!Array.isArray(rows) || typeof done !== "boolean" || rows.length > SOURCE_ROWS) {
    throw badMessage("gave rows in a form that cannot be read");
  }
  const wrong = rows.findIndex((row) => !isJsonObject(row));
  if (wrong >= 0) throw badMessage("gave a row that is no object");
  if (rows.length === 0 && !done) throw badMessage("gave no rows and says that there are more");
  return { rows: rows as readonly Row[], done };
}
