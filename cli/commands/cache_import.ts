import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG } from "../command.ts";
import { outputOf } from "../output.ts";
import { formatCount } from "../render/figures.ts";
import { storePathOf } from "./_cache_input.ts";

/** `fastdistill cache import`. */
export const cacheImportCommand: Command = {
  name: "cache import",
  summary: "Add the effects of an exported file, once all of it was checked",
  argument: { name: "file", summary: "What fastdistill cache export wrote" },
  flags: [RUNS_DIR_FLAG],
  examples: [
    { what: "Add them to the store of runs/", line: "fastdistill cache import effects.jsonl" },
    {
      what: "Then rebuild the data without network or keys",
      line: "fastdistill cache import effects.jsonl && fastdistill run pipeline.yaml --offline",
    },
  ],
  run: importAll,
};

async function importAll(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const { importEffects, openSqliteEffectStore } = await import("@fastdistill/core");
  const [file, path] = [invocation.argument, storePathOf(invocation)];
  const store = await openSqliteEffectStore(path);
  try {
    const { added, known } = await importEffects(store, file);
    output.printJson({ file, store: path, added, known });
    const line = `imported ${formatCount(added)} effects, ${formatCount(known)} were there already: ${path}`;
    output.print([line]);
    output.printFinal(line);
  } finally {
    await store.close();
  }
  return EXIT_CODES.done;
}
