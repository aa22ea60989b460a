/**
 * How long the command line takes from the start of the process to its end, over that of an empty program, in turns on
 * the same machine. `deno task bench:cold_start [--json]`
 *
 * @module
 */
import { join } from "node:path";
import { type BenchFigure, printBench } from "./_bench_result.ts";

const ROUNDS = 21;
const ROOT = join(import.meta.dirname!, "..", "..");
const CLI = join(ROOT, "cli.ts");
const DEMO = join(ROOT, "examples", "text2sql", "pipeline.yaml");

const folder = await Deno.makeTempDir();
const EMPTY = join(folder, "empty.ts");

interface Started {
  readonly name: string;
  readonly args: readonly string[];
}

const COMMANDS: readonly Started[] = [
  { name: "--help", args: [CLI, "--help"] },
  { name: "run --help", args: [CLI, "run", "--help"] },
  { name: "validate of the demo", args: [CLI, "validate", DEMO, "--quiet"] },
];

async function millisecondsOf(args: readonly string[]): Promise<number> {
  const since = performance.now();
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", ...args],
    cwd: ROOT,
    env: { DENO_NO_UPDATE_CHECK: "1" },
    stdout: "null",
    stderr: "null",
  }).output();
  if (!success) throw new Error(`deno ${args.join(" ")} failed`);
  return performance.now() - since;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

try {
  await Deno.writeTextFile(EMPTY, "export {};\n");
  const all = [{ name: "empty", args: [EMPTY] }, ...COMMANDS];
  const times = new Map(all.map(({ name }) => [name, [] as number[]]));
  // In turns, so that a slow moment of the machine hits all of them; the first round fills the caches.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { name, args } of all) {
      const ms = await millisecondsOf(args);
      if (round > 0) times.get(name)!.push(ms);
    }
  }
  const bare = median(times.get("empty")!);
  printBench(
    "cold_start",
    COMMANDS.flatMap(({ name }): readonly BenchFigure[] => {
      const value = median(times.get(name)!);
      const over = median(times.get(name)!.map((ms, round) => ms - times.get("empty")![round]!));
      return [
        { name, unit: "ms", value, baseline: { name: "an empty program", value: bare } },
        { name: `${name}, over an empty program`, unit: "ms", value: over },
      ];
    }),
  );
} finally {
  await Deno.remove(folder, { recursive: true });
}
