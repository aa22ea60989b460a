import type { RunSummary } from "@fastdistill/core";
import { join } from "node:path";
import { shownPath } from "./shown_path.ts";
import { totalOf } from "./tallies.ts";

/** What a person does next after a run that did not end as it should; nothing after one that did. */
export function nextSteps(
  { run_id, status, run_dir, rows, stages }: RunSummary,
  currentDirectory = "",
): readonly string[] {
  const at = (path: string) => shownPath(join(run_dir, path), currentDirectory);
  const failures = totalOf(rows.failed) > 0
    ? [`See which rows failed, and why: ${at("failures.jsonl")}`]
    : [];
  switch (status) {
    case "done":
      return failures;
    case "gate_failed":
      return [
        `See the figures: ${at("reports/quality.json")}`,
        ...stages.slice(0, 3).map(({ stage }) => `See the rows: ${at(`stages/${stage}`)}`),
        ...failures,
        "Then mend the pipeline, or the gate; answers that are known are not paid for again",
      ];
    case "budget_exhausted":
      return ["Raise the budget and run the same command again: what is finished is kept", ...failures];
    case "interrupted":
      return [`Go on where it stopped: fastdistill resume ${run_id}`];
    case "failed":
      return [
        ...failures,
        "Mend what the error names and run the same command again: what is finished is kept",
      ];
  }
}
