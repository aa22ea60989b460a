import { join } from "node:path";

/** A pipeline that makes a call for each of its rows. */
export interface CallsPipeline {
  readonly file: string;
  readonly rows: number;
}

/**
 * Writes a pipeline with so many calls into a folder; with a target, half of the answers are accepted until there are as
 * many. The run names itself to the server in a header.
 */
export async function writeCallsPipeline(
  folder: string,
  { rows, baseUrl, run, template = "Question {{ n }}", target }: {
    readonly rows: number;
    readonly baseUrl: string;
    readonly run: string;
    readonly template?: string;
    readonly target?: number;
  },
): Promise<CallsPipeline> {
  await Deno.mkdir(folder, { recursive: true });
  const lines = Array.from({ length: rows }, (_, n) => JSON.stringify({ n: String(n) }));
  await Deno.writeTextFile(join(folder, "rows.jsonl"), lines.join("\n") + "\n");
  const file = join(folder, "pipeline.yaml");
  await Deno.writeTextFile(
    file,
    `version: 1
name: calls
seed: 3
${target === undefined ? "" : `target: { accepted: ${target} }\n`}providers:
  teacher:
    use: openai_compatible
    with: { base_url: "${baseUrl}", model: double-1, api_key_env: "", headers: { x-run: "${run}" } }
    limits: { concurrency: 64, adaptive: false, attempts: 3 }
steps:
  read: { use: read_jsonl, with: { path: rows.jsonl } }
  ask:
    use: text_generation
    provider: teacher
    stage: answers
    with: { template: "${template}", max_tokens: 20 }
${
      target === undefined
        ? ""
        : '  even: { use: rule_filter, with: { field: generation, pattern: "[02468]$" } }\n'
    }  unique: { use: dedup_exact, with: { on: [generation] } }
  save: { use: write_jsonl, with: { path: answers.jsonl } }
`,
  );
  return { file, rows };
}
