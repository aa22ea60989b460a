import { EXIT_CODES, type ExitCode, FastDistillError } from "@fastdistill/core/errors";
import type { EffectStore } from "@fastdistill/core";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG, runsDirOf } from "../command.ts";
import { outputOf } from "../output.ts";
import { formatBytes, formatCount, formatMoney } from "../render/figures.ts";
import { FILTER_FLAGS, filterOf, storePathOf, withStore } from "./_cache_input.ts";

const BATCH = 500;

/** `fastdistill cache gc`. */
export const cacheGcCommand: Command = {
  name: "cache gc",
  summary: "Delete recorded effects; without --yes, say what would be deleted",
  flags: [
    {
      name: "older-than",
      value: "WHEN",
      summary: "Effects recorded before: an age such as 30d, or a date like 2026-01-31",
    },
    ...FILTER_FLAGS,
    {
      name: "keep",
      value: "FILE",
      isRepeatable: true,
      summary: "Keep what this pipeline file, as it is, finds recorded",
    },
    { name: "keep-runs", summary: "Keep what the runs of the folder obtained" },
    { name: "yes", short: "y", summary: "Delete them; what is wanted again is then asked for again" },
    RUNS_DIR_FLAG,
  ],
  examples: [
    { what: "What would go, and what it cost", line: "fastdistill cache gc --older-than 90d" },
    { what: "Delete what a pipeline does not use", line: "fastdistill cache gc --keep pipeline.yaml --yes" },
    { what: "Delete what no run of the folder used", line: "fastdistill cache gc --keep-runs --yes" },
    { what: "Delete the answers of a model", line: "fastdistill cache gc --model gpt-4.1-mini --yes" },
  ],
  run: collect,
};

async function collect(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const filter = { ...filterOf(invocation, io), except: await keptKeys(invocation) };
  if (Object.values(filter).every((part) => part === undefined)) {
    throw new FastDistillError(
      "config.usage",
      "Command cache gc needs --older-than, --kind, --model, --keep or --keep-runs",
      {
        hint: "To delete all effects, use --older-than 0m, or delete the store",
      },
    );
  }
  const { selectEffects, effectTotals } = await import("@fastdistill/core");
  const isDeleting = invocation.switches.has("yes");
  const { meant, kept } = await withStore(invocation, async (store) => {
    const { groups: _, ...meant } = await effectTotals(store, filter);
    if (isDeleting) await deleteAll(store, selectEffects(store, filter));
    return { meant, kept: await store.count() - (isDeleting ? 0 : meant.effects) };
  });
  output.printJson({ store: storePathOf(invocation), deleted: isDeleting, ...meant, kept });
  const line = `${isDeleting ? "deleted" : "would delete"} ${formatCount(meant.effects)} effects, ${
    formatBytes(meant.bytes)
  }, which cost ${formatMoney(meant.cost_usd)} USD; ${formatCount(kept)} stay`;
  output.print([line, ...(isDeleting || meant.effects === 0 ? [] : ["Add --yes to delete them"])]);
  output.printFinal(line);
  return EXIT_CODES.done;
}

/** What the pipelines of `--keep` find recorded, and the runs obtained; `undefined` when neither is asked for. */
async function keptKeys(invocation: Invocation): Promise<ReadonlySet<string> | undefined> {
  const files = invocation.values.get("keep") ?? [];
  const isKeepingRuns = invocation.switches.has("keep-runs");
  if (files.length === 0 && !isKeepingRuns) return undefined;
  const { effectKeysOfRun, listRuns, recordedKeys } = await import("@fastdistill/core");
  const { loadPipelineInput } = await import("./_pipeline_flags.ts");
  const kept = new Set<string>();
  for (const run of isKeepingRuns ? await listRuns(runsDirOf(invocation)) : []) {
    for await (const key of effectKeysOfRun(run)) kept.add(key);
  }
  for (const argument of files) {
    const input = await loadPipelineInput({ argument, switches: new Set(), values: new Map() }, {});
    for (const key of await recordedKeys({ ...input, runsDir: runsDirOf(invocation) })) kept.add(key);
  }
  return kept;
}

async function deleteAll(
  store: EffectStore,
  records: AsyncIterable<{ readonly key: string }>,
): Promise<void> {
  let keys: string[] = [];
  for await (const { key } of records) {
    keys.push(key);
    if (keys.length < BATCH) continue;
    await store.delete(keys);
    keys = [];
  }
  await store.delete(keys);
}
