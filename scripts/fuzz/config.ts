// deno-lint-ignore-file no-console -- scripts write to the terminal
/**
 * Checks many mutated and generated pipeline files: each has to come to a plan or to an error that says where, without a
 * crash, a hang, a stack trace or a changed prototype. `deno task fuzz:config [--count=200000] [--seed=7] [--json]`
 *
 * @module
 */
import fc from "fast-check";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { defaultRegistry } from "../../cli/registry.ts";
import { ROOT } from "../_tree.ts";
import { checkBombs } from "./_bombs.ts";
import { checkConfig } from "./_check_config.ts";
import { mutation } from "./_mutations.ts";

const SLOW_MS = 1_000;
const SHOWN_MAX = 20;

/** The files of the examples, and small ones with a bit of everything. */
async function readCorpus(): Promise<readonly string[]> {
  const files = [
    "gsm8k/pipeline.yaml",
    "text2sql/pipeline.yaml",
    "text2sql/env/live.yaml",
    "text2sql/env/record.yaml",
  ];
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(join(ROOT, "examples", file))));
  // The prompt of an example is long, and of no interest here.
  const short = texts.map((text) =>
    text.split("\n").filter((line) => !line.startsWith("        ")).join("\n")
  );
  return [...short, ...SMALL];
}

const SMALL: readonly string[] = [
  "version: 1\nname: x\nsteps:\n  a: { use: rows, with: { rows: [{ n: 1 }] } }\n",
  `version: 1
name: branches
seed: 3
variables: { n: 2, nested: { a: [1, "\${var:n}"] } }
providers:
  p: { use: openai_compatible, with: { base_url: "http://127.0.0.1:1/v1", model: m }, price: { input: 1, output: 2 }, fallback: [q] }
  q: { use: openai_compatible, with: { base_url: "http://127.0.0.1:2/v1", model: m }, limits: { hedge: {} } }
budget: { usd: 1, degrade: { to: q }, shed: { steps: [b] } }
concurrency: 8
steps:
  r: { use: rows, with: { rows: [{ q: a, n: 1 }] }, route: { cases: [{ when: "n > 0", to: a }], otherwise: b } }
  a: { use: text_generation, provider: p, from: r, with: { template: "{{ q }}", n: "\${var:n}" }, stage: one }
  b: { use: text_generation, provider: q, from: r, with: { template: "{{ q }}" }, when: "n > 0", on_error: keep }
  j: { use: set_columns, from: [a, b], join: { lists: [generation] }, with: { set: { x: 1 } }, stage: two }
  w: { use: write_jsonl, with: { path: out.jsonl } }
gates:
  - { stage: one, metric: count, min: 1, max: 5, severity: warn }
report: { group_by: [q] }
watchdog: { stall_seconds: 5 }
cache: { salt: s }
store: { durability: full }
`,
];

const { values: args } = parseArgs({
  options: {
    json: { type: "boolean" },
    count: { type: "string", default: "200000" },
    seed: { type: "string", default: "7" },
  },
});
const [count, seed] = [Number(args.count), Number(args.seed)];
const corpus = await readCorpus();
const registry = await defaultRegistry({ from: ROOT });
const folder = await Deno.makeTempDir();
const outcomes = new Map<string, number>();
const problems: { readonly text: string; readonly problem: string }[] = [];
let slowest = 0;

const text = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.tuple(fc.constantFrom(...corpus), fc.array(mutation, { minLength: 1, maxLength: 4 }))
      .map(([base, changes]) => changes.reduce((text, change) => change(text, corpus), base)),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.json(),
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.object().map((value) => JSON.stringify(value)),
    ),
  },
);

try {
  const bombs = await checkBombs(folder);
  for (const { name, problem } of bombs) if (problem !== undefined) problems.push({ text: name, problem });
  const since = performance.now();
  for (let done = 0, round = 0; done < count; round++) {
    const batch = fc.sample(text, { numRuns: Math.min(2_000, count - done), seed: seed + round });
    for (const one of batch) {
      const { outcome, problem, ms } = await checkConfig(one, { folder, registry });
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      slowest = Math.max(slowest, ms);
      if (problem !== undefined) problems.push({ text: one, problem });
      if (ms > SLOW_MS) problems.push({ text: one, problem: `took ${Math.round(ms)} ms` });
    }
    done += batch.length;
  }
  const seconds = (performance.now() - since) / 1_000;
  const counts = Object.fromEntries([...outcomes].sort(([, a], [, b]) => b - a));
  if (args.json) {
    console.log(
      JSON.stringify({
        suite: "fuzz_config",
        seed,
        count,
        seconds,
        slowest_ms: slowest,
        counts,
        bombs,
        problems,
      }),
    );
  } else {
    console.log(`${count} files in ${Math.round(seconds)} s, the slowest in ${Math.round(slowest)} ms`);
    for (const [outcome, times] of Object.entries(counts)) {
      console.log(`  ${String(times).padStart(7)}  ${outcome}`);
    }
    for (const { name, outcome, ms, peakMb } of bombs) {
      console.log(`  ${name}: ${outcome} after ${Math.round(ms)} ms, ${Math.round(peakMb)} MB`);
    }
    for (const { text, problem } of problems.slice(0, SHOWN_MAX)) {
      console.log(`\n! ${problem}\n${JSON.stringify(text.slice(0, 1_500))}`);
    }
    console.log(`${problems.length} problems`);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
Deno.exit(problems.length === 0 ? 0 : 1);
