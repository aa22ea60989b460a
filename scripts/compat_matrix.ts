// deno-lint-ignore-file no-console -- scripts write to the terminal
/**
 * `deno task test:compat`: runs the built-ins, the two sample plugins and the demo on each combination of Deno or Node,
 * with or without the packages that are loaded on first use, with the real JSR packages or their stand-ins.
 *
 * ```text
 * --deno VERSION|PATH    only this Deno; may be repeated
 * --node VERSION|PATH    only this Node; may be repeated
 * --with-optional        only with the packages
 * --without-optional     only without them
 * --jsr real|compat      only these names
 * --list                 say which cells there are, and run none
 * --required             a cell that cannot be reached is a failure
 * --json                 one JSON object
 * ```
 *
 * `docs/reference/compatibility.md` says what it shows.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type Cell, cellsOf, describeCell, type Selection } from "./compat/cells.ts";
import { runDemo } from "./compat/cell_pipelines.ts";
import { Installations } from "./compat/installations.ts";
import { type CellResult, isCellOk, type Part, runCell, unreachable } from "./compat/run_cell.ts";
import { findJsrObstacle } from "./jsr_config.ts";

/** What a whole run of the matrix has shown. */
interface MatrixReport {
  readonly cells: readonly CellResult[];
  /** Results that differ between cells although they may not. */
  readonly differences: readonly string[];
}

async function main(args: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({
    args: [...args],
    options: {
      deno: { type: "string", multiple: true, default: [] },
      node: { type: "string", multiple: true, default: [] },
      jsr: { type: "string", multiple: true, default: [] },
      "with-optional": { type: "boolean", default: false },
      "without-optional": { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      required: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const cells = cellsOf(selectionOf(flags));
  if (flags.list) {
    for (const cell of cells) console.log(describeCell(cell));
    return 0;
  }
  const say = flags.json ? () => {} : console.log;
  const results = await runCells(cells, say);
  const report = { cells: results, differences: differencesOf(results) };
  if (flags.json) console.log(JSON.stringify(report, null, 2));
  else printSummary(report);
  const isOk = report.differences.length === 0 && results.every((one) => isCellOk(one, flags.required));
  return isOk ? 0 : 1;
}

interface Flags {
  readonly deno: readonly string[];
  readonly node: readonly string[];
  readonly jsr: readonly string[];
  readonly "with-optional": boolean;
  readonly "without-optional": boolean;
}

function selectionOf(flags: Flags): Selection {
  const jsr = flags.jsr.map((name) => {
    if (name === "real" || name === "compat") return name;
    throw new TypeError(`--jsr is real or compat, found ${name}`);
  });
  const chosen = [
    ...(flags["with-optional"] ? ["with" as const] : []),
    ...(flags["without-optional"] ? ["without" as const] : []),
  ];
  return {
    ...(flags.deno.length === 0 ? {} : { deno: flags.deno }),
    ...(flags.node.length === 0 ? {} : { node: flags.node }),
    ...(jsr.length === 0 ? {} : { jsr }),
    ...(chosen.length === 0 ? {} : { packages: chosen }),
  };
}

async function runCells(cells: readonly Cell[], say: (line: string) => void): Promise<readonly CellResult[]> {
  await using installations = await Installations.open();
  const obstacle = cells.some(({ jsr }) => jsr === "real") ? await findJsrObstacle() : undefined;
  const results: CellResult[] = [await referenceOf(installations)];
  for (const cell of cells) {
    say(describeCell(cell));
    const tell = (part: Part) => say(lineOf(part));
    const result = cell.jsr === "real" && obstacle !== undefined
      ? unreachable(cell, `JSR cannot be reached: ${obstacle}`)
      : await runCell(cell, { installations, tell });
    if (result.parts[0]!.status === "not reachable") tell(result.parts[0]!);
    results.push(result);
  }
  return results;
}

/** The demo on the Deno that runs this, for a run of the matrix that has one cell only. */
async function referenceOf(installations: Installations): Promise<CellResult> {
  const version = Deno.version.deno;
  const cell = { runtime: "deno", version, packages: "with", jsr: "compat" } as const;
  const start = performance.now();
  const found = await runDemo(await installations.of(cell, []), `${await installations.scratch()}/demo`);
  return {
    cell,
    parts: [{ part: "demo and verify", ...found, seconds: (performance.now() - start) / 1000 }],
  };
}

/** Parts whose digests are not the same in all cells that have one. */
function differencesOf(results: readonly CellResult[]): readonly string[] {
  const seen = new Map<string, Map<string, string[]>>();
  for (const { cell, parts } of results) {
    for (const { part, detail } of parts) {
      const digest = /^(?:stages|rows) ([0-9a-f]{12})/.exec(detail)?.[1];
      if (digest === undefined) continue;
      const digests = seen.get(part) ?? new Map<string, string[]>();
      digests.set(digest, [...digests.get(digest) ?? [], describeCell(cell)]);
      seen.set(part, digests);
    }
  }
  return [...seen].filter(([, digests]) => digests.size > 1).map(([part, digests]) =>
    `${part} differs: ${
      [...digests].map(([digest, cells]) => `${digest} on ${cells.join(" and ")}`).join("; ")
    }`
  );
}

function lineOf({ part, status, detail, seconds }: Part): string {
  return `  ${status.padEnd(13)} ${part.padEnd(28)} ${seconds.toFixed(1).padStart(6)} s   ${detail}`;
}

function printSummary({ cells, differences }: MatrixReport): void {
  console.log("\ncell                                             passed refused failed unreachable seconds");
  for (const { cell, parts } of cells.slice(1)) {
    const counts = (["passed", "refused", "failed", "not reachable"] as const)
      .map((wanted) => String(parts.filter(({ status }) => status === wanted).length).padStart(8));
    const seconds = parts.reduce((sum, part) => sum + part.seconds, 0).toFixed(0);
    console.log(`${describeCell(cell).padEnd(46)}${counts.join("")}${seconds.padStart(8)}`);
  }
  for (const difference of differences) console.log(`failed: ${difference}`);
  if (differences.length === 0) console.log("the demo and the plugins leave the same bytes in every cell");
}

if (import.meta.main) Deno.exit(await main(Deno.args));
