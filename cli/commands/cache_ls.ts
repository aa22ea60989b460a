import type { EffectRecord } from "@fastdistill/core";
import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG } from "../command.ts";
import { outputOf, writeLines } from "../output.ts";
import { countOf, FILTER_FLAGS, filterOf, SINCE_FLAG, storePathOf, withStore } from "./_cache_input.ts";

const LIMIT = 50;

/** `fastdistill cache ls`. */
export const cacheLsCommand: Command = {
  name: "cache ls",
  summary: "List recorded effects, the newest first",
  flags: [
    ...FILTER_FLAGS,
    SINCE_FLAG,
    { name: "limit", value: "N", summary: `How many to list (default: ${LIMIT})` },
    RUNS_DIR_FLAG,
  ],
  examples: [
    { what: "The newest answers of a model", line: "fastdistill cache ls --model gpt-4.1-mini --limit 10" },
    {
      what: "What was asked for and answered, whole",
      line: "fastdistill cache ls --kind chat --json | jq '.effects[0]'",
    },
  ],
  run: list,
};

async function list(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const limit = countOf(invocation, "limit", LIMIT);
  const filter = filterOf(invocation, io);
  const { selectEffects } = await import("@fastdistill/core");
  const { effects, total } = await withStore(
    invocation,
    async (store) => await newest(selectEffects(store, filter), limit),
  );
  output.printJson({ store: storePathOf(invocation), total, effects });
  if (output.isJson) return EXIT_CODES.done;
  if (total === 0) output.print([`No such effects in ${storePathOf(invocation)}`]);
  else {
    const { renderEffects } = await import("../render/render_effects.ts");
    writeLines(io.stdout, renderEffects(effects, { style: output.style, width: io.stdout.columns() }));
    if (total > effects.length) output.print([`and ${total - effects.length} older: see --limit`]);
  }
  return EXIT_CODES.done;
}

/** The newest of many, holding about twice as many as are wanted. */
async function newest(
  records: AsyncIterable<EffectRecord>,
  limit: number,
): Promise<{ readonly effects: readonly EffectRecord[]; readonly total: number }> {
  let [effects, total]: [EffectRecord[], number] = [[], 0];
  const cut = () => effects = effects.sort(newestFirst).slice(0, limit);
  for await (const record of records) {
    total++;
    effects.push(record);
    if (effects.length >= 2 * limit + 100) cut();
  }
  return { effects: cut(), total };
}

function newestFirst(a: EffectRecord, b: EffectRecord): number {
  const [older, newer] = [a.meta.started_at, b.meta.started_at];
  return older === newer ? (a.key < b.key ? -1 : 1) : older < newer ? 1 : -1;
}
