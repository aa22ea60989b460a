import type { Plan, PlannedStep } from "@fastdistill/core";
import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import type { Command, Invocation } from "../command.ts";
import { outputOf } from "../output.ts";
import { loadPipelineInput, PIPELINE_ARGUMENT, PIPELINE_FLAGS } from "./_pipeline_flags.ts";

/** `fastdistill validate`. */
export const validateCommand: Command = {
  name: "validate",
  summary: "Check a pipeline as far as it can be without running it",
  argument: PIPELINE_ARGUMENT,
  flags: PIPELINE_FLAGS,
  examples: [
    { what: "Find every mistake before anything is paid for", line: "fastdistill validate pipeline.yaml" },
    { what: "Check what production would run", line: "fastdistill validate pipeline.yaml --env prod" },
    {
      what: "The id that the run would have",
      line: "fastdistill validate pipeline.yaml --json | jq -r .run_id",
    },
  ],
  run: validate,
};

async function validate(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const [{ planRun }, input] = await Promise.all([
    import("@fastdistill/core/planning"),
    loadPipelineInput(invocation, io),
  ]);
  const plan = await planRun(input);
  const { renderPlan, renderPlanLine } = await import("../render/render_plan.ts");
  output.printJson(describePlan(plan));
  output.print(renderPlan(plan, { style: output.style, width: io.stdout.columns() }));
  output.printFinal(renderPlanLine(plan));
  return EXIT_CODES.done;
}

/** A plan for programs: what would run, what it reads and what it would be called. */
function describePlan(plan: Plan) {
  const { config } = plan.pipeline;
  return {
    ok: true,
    name: config.name,
    run_id: plan.runId,
    signature: plan.signature,
    seed: config.seed,
    steps: [...plan.steps.values()].map((step) => describeStep(plan, step)),
    providers: [...plan.providers.keys()].map((provider) => ({
      provider,
      use: config.providers[provider]!.use,
    })),
    inputs: plan.inputs,
    gates: config.gates,
    budget: config.budget,
    warnings: plan.warnings,
  };
}

function describeStep({ graph }: Plan, { name, kind, config, columns }: PlannedStep) {
  const { use, provider, stage } = config;
  return {
    step: name,
    use,
    kind,
    reads: graph.nodes.get(name)!.inputs,
    ...(provider === undefined ? {} : { provider }),
    ...(stage === undefined ? {} : { stage }),
    columns: columns.after,
  };
}
