import type { EffectExplanation } from "@fastdistill/core";
import { EXIT_CODES, type ExitCode, FastDistillError } from "@fastdistill/core/errors";
import { pathExists } from "@fastdistill/core/runtime";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, runsDirOf } from "../command.ts";
import { outputOf, writeLines } from "../output.ts";
import { countOf, storePathOf, withStore } from "./_cache_input.ts";
import { loadPipelineInput, PIPELINE_FLAGS } from "./_pipeline_flags.ts";

/** `fastdistill cache explain`. */
export const cacheExplainCommand: Command = {
  name: "cache explain",
  summary: "Say what of a pipeline is recorded, and why the rest is not",
  argument: {
    name: "what",
    summary: "A pipeline file, a run (as show takes it), or the first 8 or more digits of a key",
  },
  flags: [
    { name: "step", value: "NAME", summary: "Effects of this step only" },
    {
      name: "rows",
      value: "N",
      summary: "Rows that each source gives (default: 3); of a run, calls (default: 20)",
    },
    { name: "row", value: "N", summary: "Effects of this row of its source only, from 0" },
    ...PIPELINE_FLAGS,
  ],
  examples: [
    { what: "What the first rows would be asked for again", line: "fastdistill cache explain pipeline.yaml" },
    {
      what: "Why one row of one step is not found",
      line: "fastdistill cache explain pipeline.yaml --step teach --row 17",
    },
    { what: "Why the newest run called a model", line: "fastdistill cache explain latest --step teach" },
    { what: "The effect most like one that is recorded", line: "fastdistill cache explain 3f9ac2d10b7e" },
  ],
  run: explain,
};

async function explain(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const explanation = await explanationOf(invocation, io);
  const recorded = explanation.effects.filter((effect) => effect.recorded).length;
  const missing = explanation.effects.length - recorded;
  output.printJson({ store: storePathOf(invocation), recorded, missing, ...explanation });
  if (output.isJson) return EXIT_CODES.done;
  const { renderExplanation } = await import("../render/render_explanation.ts");
  output.print(renderExplanation(explanation, { style: output.style }));
  const line = `${recorded} recorded, ${missing} not`;
  writeLines(io.stdout, [line]);
  return EXIT_CODES.done;
}

async function explanationOf(invocation: Invocation, io: CliIo): Promise<EffectExplanation> {
  const { argument } = invocation;
  if (/\.(?:ya?ml|json)$/.test(argument) || await pathExists(argument)) {
    return await explainPipeline(invocation, io);
  }
  return /^[0-9a-f]{8,64}$/.test(argument) ? await explainKey(invocation) : await explainOneRun(invocation);
}

async function explainOneRun(invocation: Invocation): Promise<EffectExplanation> {
  const { explainRun, findRun } = await import("@fastdistill/core");
  const runsDir = runsDirOf(invocation);
  const { run_id: runId } = await findRun(runsDir, invocation.argument);
  const limit = countOf(invocation, "rows", 20);
  const step = invocation.values.get("step")?.[0];
  return await withStore(invocation, (store) => explainRun(store, { runsDir, runId, step, limit }));
}

async function explainPipeline(invocation: Invocation, io: CliIo): Promise<EffectExplanation> {
  const [{ explainEffects }, input] = await Promise.all([
    import("@fastdistill/core"),
    loadPipelineInput(invocation, io),
  ]);
  const rows = invocation.values.get("rows")?.[0] === undefined ? undefined : countOf(invocation, "rows", 1);
  return await explainEffects({
    ...input,
    runsDir: runsDirOf(invocation),
    step: invocation.values.get("step")?.[0],
    rows,
    row: rowOf(invocation),
  });
}

function rowOf({ values }: Invocation): number | undefined {
  const text = values.get("row")?.[0];
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new FastDistillError("config.usage", `Flag --row takes a whole number from 0, found "${text}"`);
}

/** A recorded effect beside the one that is most like it. */
async function explainKey(invocation: Invocation): Promise<EffectExplanation> {
  const { nearestEffects } = await import("@fastdistill/core");
  const { argument } = invocation;
  return await withStore(invocation, async (store) => {
    for await (const record of store.list()) {
      if (!record.key.startsWith(argument)) continue;
      const { key, kind, request } = record;
      const [like] = await nearestEffects(store, [{ kind, fields: request }]);
      const nearest = like === undefined ? {} : {
        nearest: {
          key: like.record.key,
          started_at: like.record.meta.started_at,
          differences: like.differences,
        },
      };
      return {
        effects: [{ step: "", kind, key, request, recorded: true, ...nearest }],
        unreached: [],
      };
    }
    throw new FastDistillError("config.usage", `No recorded effect has a key that begins with ${argument}`, {
      hint: "See fastdistill cache ls",
    });
  });
}
