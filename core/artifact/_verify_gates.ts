import { isFastDistillError } from "../errors/mod.ts";
import { canonicalJson } from "../record/mod.ts";
import type { GateVerdict, RunSummary } from "../report/mod.ts";
import type { Findings } from "./_findings.ts";
import { judgeRun, pipelineOf } from "./check_run_gates.ts";
import type { BaselineSearch, FoundBaseline } from "./gate_baselines.ts";
import { findRun } from "./run_index.ts";
import type { RunLayout } from "./run_layout.ts";
import { dirname } from "node:path";

const FILE = "reports/quality.json";

/** What gates are held against. */
export interface GateClaims {
  readonly layout: RunLayout;
  readonly findings: Findings;
  readonly summary: RunSummary;
}

/**
 * Judges the gates of a run anew and compares what they say. One that was compared with a run which is not beside this one
 * any more, or with none, cannot be judged again and is left out.
 */
export async function verifyGates({ layout, findings, summary }: GateClaims): Promise<void> {
  const { gates: stated } = summary;
  if (stated.length === 0 || findings.problems.length > 0) return; // What else is wrong comes first.
  await findings.attempt(FILE, async () => {
    const pipeline = await pipelineOf(layout.pipelineYaml);
    const { gates } = pipeline.config;
    findings.compare({
      file: FILE,
      problem: "the number of gates differs from the pipeline",
      expected: gates.length,
      found: stated.length,
    });
    if (gates.length !== stated.length) return;
    const known = await knownBaselines(stated, { gates, runsDir: dirname(layout.dir) });
    const found = await judgeRun({ ...summary, run_dir: layout.dir }, {
      pipeline,
      locate: () => undefined,
      runsDir: dirname(layout.dir),
      findBaselines: () => Promise.resolve(known),
    });
    for (const [index, verdict] of stated.entries()) {
      const isLost = gates[index]!.no_worse_than !== undefined && !("run" in (known.get(index) ?? {}));
      if (isLost) continue;
      findings.compare({
        file: FILE,
        problem: `gate ${index} differs from what the rows say`,
        expected: canonicalJson(verdict),
        found: canonicalJson(found[index]),
      });
    }
  });
}

/** The runs that gates were compared with, as far as they are there. */
async function knownBaselines(
  stated: readonly GateVerdict[],
  { gates, runsDir }: Pick<BaselineSearch, "gates" | "runsDir">,
): Promise<ReadonlyMap<number, FoundBaseline>> {
  const found = new Map<number, FoundBaseline>();
  for (const [index, verdict] of stated.entries()) {
    if (gates[index]!.no_worse_than === undefined) continue;
    found.set(index, await baselineOf(verdict, runsDir));
  }
  return found;
}

async function baselineOf(
  { baseline, groups = [] }: GateVerdict,
  runsDir: string,
): Promise<FoundBaseline> {
  const id = baseline?.run_id ?? groups.find((group) => group.baseline !== undefined)?.baseline?.run_id;
  if (id === undefined) return { problem: "no run was compared with" };
  try {
    const run = await findRun(runsDir, id);
    return run.run_id === id ? { run } : { problem: `run ${id} is gone` };
  } catch (cause) {
    if (!isFastDistillError(cause)) throw cause;
    return { problem: `run ${id} is gone` };
  }
}
