import {
  type Columns,
  defineStep,
  FastDistillError,
  type Json,
  type Outcome,
  pass,
  reject,
  type Row,
  type RowContext,
  type RowRunner,
  type StepComponent,
  type StepSetup,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { type ModuleProcess, startModuleProcess } from "@fastdistill/core/runtime";
import { formatReport } from "@fastdistill/core/authoring";
import { z } from "zod";
import { corpusRows } from "./_corpus.ts";
import { inspectAgainst } from "./_near_config.ts";
import type { FindRequest, IndexReply, KnownRequest, OpenRequest } from "./_near_index_worker.ts";
import { textOf } from "./_row_text.ts";
import { bandingIssues, nearRuleOf, SKETCH_KEYS, type SketchChoices } from "./_sketch_config.ts";

/** Megabytes of a helper process besides the index. */
const PROCESS_MB = 384;
const KNOWN_ROWS = 256;
const REPORT_SCHEMA = "fastdistill.dedup/1";

const CONFIG = z.strictObject({
  ...SKETCH_KEYS,
  against: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional().describe(
    "Files of any format that read_files reads, told by the ending: a row that is near to one of theirs goes",
  ),
  against_on: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional().describe(
    "What the columns are called in those files, in the same order, where they are called otherwise",
  ),
  action: z.enum(["drop", "mark"]).default("drop").describe(
    "Whether near-duplicates are rejected, or pass with the column is_duplicate",
  ),
  memory_mb: z.int().min(16).max(4096).default(256).describe(
    "Megabytes for the rows that are remembered, and as much again for those of against; of the former the oldest are forgotten when it is full",
  ),
}).superRefine((config, { addIssue }) => {
  const { on, against, against_on } = config;
  const others = against_on === undefined ? undefined : [against_on].flat().length;
  if (others !== undefined && (against === undefined || others !== [on].flat().length)) {
    const message = "Names as many columns as on does, of the files in against";
    addIssue({ code: "custom", path: ["against_on"], message });
  }
  for (const { path, message } of bandingIssues(config)) addIssue({ code: "custom", path, message });
});

type Config = z.infer<typeof CONFIG>;

/**
 * Drops texts that are nearly the same as one that stayed before, row by row, so that nothing is spent on them in the
 * steps that follow: put it between a step that generates and one that judges. The first of near-duplicates, in canonical
 * order, stays; the others are rejected as `near_duplicate` with the id of the most similar one that stayed. Which those are
 * depends on the rows and their order alone, not on when answers come.
 *
 * Texts are compared as in `dedup_minhash`. Unlike there, a row is compared with rows that stayed, not with rows that went:
 * clusters do not grow by way of rows that were dropped.
 *
 * Memory: `memory_mb` in a helper process. In 256 MB there is room for about 200,000 texts of 250 characters; then the
 * oldest are forgotten, and `reports/<step>.json` says how many.
 *
 * Source: A. Broder, On the resemblance and containment of documents (SEQUENCES 1997).
 */
const dedupNearStep: StepComponent = defineStep({
  kind: "ordered",
  name: "dedup_near",
  version: 1,
  summary: "Drops texts that are nearly the same as one before, while rows stream through",
  citation: "A. Broder, On the resemblance and containment of documents (SEQUENCES 1997)",
  config: CONFIG,
  columns: ({ on, action }) => ({
    requires: [on].flat().map((column) => ({ column, at: ["on"] })),
    adds: action === "mark" ? { is_duplicate: "boolean" as const } : {} as Columns,
  }),
  inspect: inspectAgainst,
  open: (config, setup) => NearFilter.open(config, setup),
});

export default dedupNearStep;

class NearFilter implements RowRunner {
  readonly #config: Config;
  readonly #setup: StepSetup;
  readonly #on: readonly string[];
  readonly #index: ModuleProcess;
  /** One request at a time, also after a row that was given up. */
  #turn: Promise<unknown> = Promise.resolve();
  readonly #counts: Record<
    "rows" | "corpus_rows" | "duplicates" | "duplicates_of_corpus" | "forgotten",
    number
  > = {
    rows: 0,
    corpus_rows: 0,
    duplicates: 0,
    duplicates_of_corpus: 0,
    forgotten: 0,
  };

  private constructor(config: Config, setup: StepSetup, index: ModuleProcess) {
    this.#config = config;
    this.#setup = setup;
    this.#on = [config.on].flat();
    this.#index = index;
  }

  /** Starts the process that remembers texts, and tells it of the corpus. */
  static async open(config: Config, setup: StepSetup): Promise<NearFilter> {
    const { memory_mb: memoryMb, threshold, against } = config;
    const indexes = against === undefined ? 1 : 2;
    const index = await startModuleProcess({
      module: new URL("./_near_index_worker.ts", import.meta.url),
      memoryMbMax: indexes * memoryMb + PROCESS_MB,
    });
    try {
      const filter = new NearFilter(config, setup, index);
      await filter.#ask({ do: "open", rule: nearRuleOf(config, setup.seed), threshold, memoryMb });
      await filter.#addKnown();
      return filter;
    } catch (cause) {
      await index.kill();
      throw cause;
    }
  }

  async process(row: Row, { rowId }: RowContext): Promise<Outcome> {
    const text = textOf(row, this.#on);
    const { near, isKnown, forgotten } = await this.#ask({ do: "find", id: rowId, text });
    const counts = this.#counts;
    counts.rows++;
    counts.forgotten = forgotten;
    if (near !== null) counts.duplicates++;
    if (isKnown) counts.duplicates_of_corpus++;
    if (this.#config.action === "mark") return pass({ ...row, is_duplicate: near !== null });
    if (near === null) return pass(row);
    return reject("near_duplicate", `${near.id} similarity ${near.similarity.toFixed(3)}`);
  }

  async close(): Promise<void> {
    await this.#index.close();
    const { reports, step } = this.#setup;
    const report = await reports.create(`${step}.json`);
    const { threshold } = this.#config;
    await report.write(formatReport({ schema: REPORT_SCHEMA, threshold, ...this.#counts }));
    await report.commit();
  }

  async #addKnown(): Promise<void> {
    const { files, env, signal } = this.#setup;
    const paths = [this.#config.against ?? []].flat();
    const namesInFiles = [this.#config.against_on ?? this.#on].flat();
    let rows: (readonly [string, string])[] = [];
    const send = async () => {
      if (rows.length === 0) return;
      this.#counts.corpus_rows += rows.length;
      const { fits } = await this.#ask({ do: "known", rows });
      rows = [];
      if (fits) return;
      const { memory_mb } = this.#config;
      throw new FastDistillError("step.failed", `The rows of against do not fit into ${memory_mb} MB`, {
        hint: "Raise memory_mb, or use dedup_minhash, which has no such limit",
      });
    };
    for await (
      const { rowId, row } of corpusRows({ paths, columns: this.#on, namesInFiles, files, env, signal })
    ) {
      if (rows.push([rowId, textOf(row, this.#on)]) === KNOWN_ROWS) await send();
    }
    await send();
  }

  #ask(request: OpenRequest | KnownRequest | FindRequest): Promise<IndexReply> {
    const { signal } = this.#setup;
    const asked = this.#turn.then(() => this.#index.request(request as unknown as Json, { signal }));
    this.#turn = asked.catch(() => {}); // Whoever asked sees it.
    return asked.then((reply) => {
      if (reply.kind === "answer") return reply.value as unknown as IndexReply;
      const reason = "message" in reply ? reply.message : reply.kind.replaceAll("_", " ");
      throw new FastDistillError("step.failed", `The process that remembers texts failed: ${reason}`);
    });
  }
}

/**
 * Drops texts that are nearly the same as one before, while rows stream through, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { dedupNear } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(dedupNear({ on: "instruction", threshold: 0.7 }).use, "dedup_near");
 * ```
 */
export function dedupNear<const F extends string, const Action extends "drop" | "mark" = "drop">(
  config: DedupNearConfig<F, Action>,
): StepSpec<Record<F, Json>, Action extends "mark" ? { readonly is_duplicate: boolean } : unknown> {
  return stepSpec("dedup_near", { ...config });
}

/** What {@linkcode dedupNear} is told. */
export interface DedupNearConfig<F extends string, Action extends "drop" | "mark" = "drop">
  extends SketchChoices<F> {
  /** Files, of any format that `read_files` reads: a row that is near to one of theirs goes. */
  readonly against?: string | readonly string[];
  /** What the columns are called in those files. @default {as in the pipeline} */
  readonly against_on?: string | readonly string[];
  /** Whether near-duplicates are rejected or marked. @default {"drop"} */
  readonly action?: Action;
  /** Megabytes for the rows that are remembered. @default {256} */
  readonly memory_mb?: number;
}
