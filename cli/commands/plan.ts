import type { Plan, RunEstimate, RunProbe } from "@fastdistill/core";
import { EXIT_CODES, type ExitCode, FastDistillError } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, runsDirOf } from "../command.ts";
import { outputOf } from "../output.ts";
import { type CountFlag, countOf, LIMIT_FLAG } from "./_count_flag.ts";
import { interruptSignal } from "./_interrupt_signal.ts";
import { loadPipelineInput, PIPELINE_ARGUMENT, PIPELINE_FLAGS } from "./_pipeline_flags.ts";

const SAMPLE_FLAG: CountFlag<"sample"> = {
  name: "sample",
  value: "N",
  summary: "Make the prompts of N rows of each source (default: 200)",
};
const PROBE_FLAG: CountFlag<"probe"> = {
  name: "probe",
  value: "K",
  summary: "Run K rows of each source for real, and forecast the whole run from them",
};

/** `fastdistill plan`. */
export const planCommand: Command = {
  name: "plan",
  summary: "Show what a pipeline would ask and cost, before it is paid for",
  argument: PIPELINE_ARGUMENT,
  flags: [
    ...PIPELINE_FLAGS,
    LIMIT_FLAG,
    SAMPLE_FLAG,
    PROBE_FLAG,
    { name: "random", summary: "Probe rows drawn with the pipeline's seed, not the first ones" },
  ],
  examples: [
    { what: "Calls, tokens, cost and budget; nothing is called", line: "fastdistill plan pipeline.yaml" },
    {
      what: "Make every prompt, and so count exactly",
      line: "fastdistill plan pipeline.yaml --sample 99999",
    },
    {
      what: "Pay for 20 rows, and forecast money, tokens, time and kept rows",
      line: "fastdistill plan pipeline.yaml --probe 20 --random",
    },
    {
      what: "The most that the run may cost",
      line: "fastdistill plan pipeline.yaml --json | jq .estimate.total.cost_usd_max",
    },
  ],
  run: plan,
};

async function plan(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const probed = probeOptions(invocation);
  const counts = { ...countOf(invocation, LIMIT_FLAG), ...countOf(invocation, SAMPLE_FLAG) };
  const [{ planRun, estimateRun, probeRun }, input] = await Promise.all([
    import("@fastdistill/core"),
    loadPipelineInput(invocation, io),
  ]);
  using interrupts = interruptSignal(io);
  const options = { ...input, ...counts, runsDir: runsDirOf(invocation), signal: interrupts.signal };
  const plan = await planRun(options);
  const estimate = await estimateRun(options);
  const { renderGraph } = await import("../render/render_graph.ts");
  const { renderEstimate, renderEstimateLine } = await import("../render/render_estimate.ts");
  const view = { style: output.style, width: io.stdout.columns() };
  output.print([...renderGraph(plan, { ...view, rows: estimate.rows }), ...renderEstimate(estimate, view)]);
  const probe = probed === undefined ? undefined : await probeRun({ ...options, ...probed });
  if (probe !== undefined) {
    const { renderProbe } = await import("../render/render_probe.ts");
    output.print(renderProbe(probe, view));
  }
  output.printJson(describe({ plan, estimate, probe }));
  output.printFinal(renderEstimateLine(estimate));
  return EXIT_CODES.done;
}

function probeOptions(
  invocation: Invocation,
): { readonly rows: number; readonly isRandom: boolean } | undefined {
  const { probe: rows } = countOf(invocation, PROBE_FLAG);
  const isRandom = invocation.switches.has("random");
  if (rows === undefined) {
    if (!isRandom) return undefined;
    throw new FastDistillError("config.usage", "Flag --random goes with --probe, which was not given");
  }
  if (rows >= 2) return { rows, isRandom };
  throw new FastDistillError("config.usage", `Flag --probe takes at least 2 rows, found ${rows}`, {
    hint: "One row says nothing of how much rows differ; 20 is a good start",
  });
}

interface Planned {
  readonly plan: Plan;
  readonly estimate: RunEstimate;
  readonly probe: RunProbe | undefined;
}

function describe({ plan, estimate, probe }: Planned) {
  const { graph, steps, segments, pipeline } = plan;
  return {
    name: pipeline.config.name,
    run_id: plan.runId,
    steps: [...steps.values()].map(({ name, kind, config: { use, provider, stage } }) => ({
      step: name,
      use,
      kind,
      reads: graph.nodes.get(name)!.inputs,
      segment: segments.findIndex(({ head, steps }) => head === name || steps.includes(name)) + 1,
      ...(provider === undefined ? {} : { provider }),
      ...(stage === undefined ? {} : { stage }),
    })),
    gates: pipeline.config.gates,
    estimate,
    ...(probe === undefined ? {} : { probe }),
  };
}
