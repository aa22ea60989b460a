import {
  createStageWriter,
  type LineageWriter,
  type Manifest,
  manifestDigest,
  type ManifestParent,
  metricsOf,
  type RunLayout,
} from "../artifact/mod.ts";
import type { Graph } from "../graph/mod.ts";
import type { Envelope } from "../record/mod.ts";
import { QualityAggregator, StageMeasures, type StageQuality } from "../report/mod.ts";
import type { RunControl } from "./run_control.ts";
import type { RunResources } from "./run_resources.ts";
import type { EnvelopeWriter } from "./segment_exit.ts";

/** A stage being written, and what its rows come to. */
export interface StageOutput extends EnvelopeWriter {
  readonly stage: string;
  /** The step whose output it is. */
  readonly step: string;
  readonly quality: () => StageQuality;
  /** What its gates need beyond that. */
  readonly measures: StageMeasures;
  /** `undefined` until it is closed. */
  readonly manifest: () => Manifest | undefined;
}

/** What stages are opened with. */
export interface StagesOptions {
  readonly resources: RunResources;
  readonly layout: RunLayout;
  readonly control: RunControl;
  /** Is told of the id of each row. */
  readonly lineage: Pick<LineageWriter, "staged">;
}

/** Opens the stages of a plan, in the order of its graph. */
export async function openStages(
  { resources, layout, control, lineage }: StagesOptions,
): Promise<readonly StageOutput[]> {
  const { plan } = resources;
  const { name, seed, report, gates, metrics = {} } = plan.pipeline.config;
  const outputs: StageOutput[] = [];
  for (const step of plan.graph.order) {
    const { config: { stage }, columns } = plan.steps.get(step)!;
    if (stage === undefined) continue;
    const writer = await createStageWriter({
      layout,
      stage,
      name,
      runId: plan.runId,
      signature: plan.signature,
      seed,
    });
    const quality = new QualityAggregator({
      groupBy: report.group_by,
      columns: columns.after,
      metrics: metricsOf(stage, metrics),
    });
    const measures = new StageMeasures({ stage, gates, metrics });
    let manifest: Manifest | undefined;
    let isAborted = false;
    outputs.push({
      stage,
      step,
      quality: () => quality.report(),
      measures,
      manifest: () => manifest,
      write: (envelope: Envelope) => {
        quality.add(envelope.row);
        measures.add(envelope.row);
        const noted = lineage.staged(stage, envelope.rowId);
        const written = writer.write(envelope);
        return noted === undefined ? written : Promise.all([noted, written]).then(() => {});
      },
      close: async () => {
        const partial = control.isCut || comesFrom(step, control.shedding, plan.graph);
        const degraded = comesFrom(step, control.degraded, plan.graph);
        manifest = await writer.close({ partial, degraded, parents: parentsOf(step, resources, outputs) });
        resources.emit({
          type: "stage_written",
          stage,
          count: manifest.count,
          path: `stages/${stage}/manifest.json`,
        });
      },
      abort: async () => {
        if (isAborted || manifest !== undefined) return;
        isAborted = true;
        await writer.abort();
      },
    });
  }
  return outputs;
}

/** Whether a step is one of some steps, or reads what comes from one of them. */
function comesFrom(step: string, some: ReadonlySet<string>, graph: Graph): boolean {
  if (some.size === 0) return false;
  return some.has(step) || graph.nodes.get(step)!.inputs.some((input) => comesFrom(input, some, graph));
}

/** The nearest stages before a step, and the inputs of the run when it reaches a source without meeting one. */
function parentsOf(
  step: string,
  { plan }: RunResources,
  outputs: readonly StageOutput[],
): readonly ManifestParent[] {
  const parents = new Map<string, string>();
  const visit = (name: string, graph: Graph) => {
    const { inputs } = graph.nodes.get(name)!;
    if (inputs.length === 0) {
      for (const input of plan.inputs) parents.set(input.name, input.sha256);
    }
    for (const input of inputs) {
      const manifest = outputs.find((output) => output.step === input)?.manifest();
      if (manifest !== undefined) parents.set(manifest.stage, manifestDigest(manifest));
      else visit(input, graph);
    }
  };
  visit(step, plan.graph);
  return [...parents].sort(([a], [b]) => a < b ? -1 : 1).map(([name, digest]) => ({ name, digest }));
}
