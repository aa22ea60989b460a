import { sha256 } from "../record/mod.ts";
import { envelopeOf, temporaryFolder } from "./_fixtures/small_run.ts";
import { runLayout } from "./run_layout.ts";
import { createStageWriter } from "./stage_writer.ts";

const ROWS = Array.from(
  { length: 200_000 },
  (_, index) =>
    envelopeOf({
      sample_id: sha256(`${index}`),
      question: `How many, case ${index}?`,
      exec_pass: index % 2 === 0,
      n: index,
    }),
);

Deno.bench("createStageWriter() 200,000 small rows", { n: 5, warmup: 1 }, async (bench) => {
  await using folder = await temporaryFolder();
  const layout = runLayout(folder.path, "r1");
  bench.start();
  const options = { layout, stage: "distilled", name: "bench", runId: "r1", signature: "s", seed: 7 };
  const writer = await createStageWriter(options);
  for (const envelope of ROWS) {
    const written = writer.write(envelope);
    if (written !== undefined) await written;
  }
  await writer.close({ partial: false });
  bench.end();
});
