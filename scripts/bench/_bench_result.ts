/** One measured figure, and the baseline that it was measured beside. */
export interface BenchFigure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** What the same machine did in the same run without FastDistill. */
  readonly baseline?: { readonly name: string; readonly value: number };
}

/** What a bench prints with `--json`. */
export interface BenchResult {
  readonly bench: string;
  readonly runtime: string;
  readonly figures: readonly BenchFigure[];
}

/** Prints figures: a table for people, one JSON object with `--json`. */
export function printBench(bench: string, figures: readonly BenchFigure[]): void {
  const result: BenchResult = { bench, runtime: `deno ${Deno.version.deno}`, figures };
  const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
  if (Deno.args.includes("--json")) return void print(JSON.stringify(result));
  for (const figure of figures) print(figureLine(figure));
}

/** A figure as a line for people. */
export function figureLine({ name, unit, value, baseline }: BenchFigure): string {
  const beside = baseline === undefined
    ? ""
    : `  (${(value / baseline.value).toFixed(2)} of ${baseline.name}: ${rounded(baseline.value)} ${unit})`;
  return `${name}: ${rounded(value)} ${unit}${beside}`;
}

/** The median of several measurements. */
export async function medianOf(times: number, measure: () => Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let time = 0; time < times; time++) values.push(await measure());
  return values.sort((a, b) => a - b)[Math.floor(times / 2)]!;
}

function rounded(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}
