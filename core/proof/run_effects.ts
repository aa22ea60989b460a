import type { RunSummary } from "../report/mod.ts";
import { lineageLines } from "./_lineage_files.ts";

/**
 * The keys of the effects that a run obtained, each as often as it did: what has to stay in the store for the run to be
 * bundled, or made again without a call. None for a run of an earlier release, which noted no lineage.
 *
 * @throws {FastDistillError} `data.file_not_found`, `data.malformed` for a run folder that was changed
 */
export async function* effectKeysOfRun(summary: RunSummary): AsyncGenerator<string> {
  for await (const { value: { effects } } of lineageLines(summary, "effects")) {
    if (Array.isArray(effects)) { for (const key of effects) yield String(key); }
  }
}
