import { join } from "node:path";
import { ROOT } from "../_tree.ts";

const TIME_MS_MAX = 1_000;
const MEMORY_MB_MAX = 200;
const HEAD = "version: 1\nname: bomb\nsteps: { a: { use: rows, with: { rows: [] } } }\n";

/** Files that are small, or at least allowed, and would be large if they were taken at their word. */
const BOMBS: Readonly<Record<string, string>> = {
  "aliases that multiply": `a: &a [x, x, x, x, x, x, x, x, x]\n${
    [..."bcdefghij"].map((name, n) =>
      `${name}: &${name} [${Array(9).fill(`*${"abcdefghij"[n]}`).join(", ")}]\n`
    ).join("")
  }`,
  "one anchor, many aliases": `a: &a [${"x, ".repeat(900)}]\nb: [${"*a, ".repeat(900)}]\n`,
  "an alias in its own anchor": "a: &a [*a]\n",
  "lists inside each other": `a: ${"[".repeat(100_000)}`,
  "maps inside each other": `a: ${"{a: ".repeat(50_000)}`,
  "blocks inside each other": Array.from({ length: 2_000 }, (_, n) => `${" ".repeat(n)}a:\n`).join(""),
  "a text of a megabyte": `${HEAD}description: "${"x".repeat(1_000_000)}"\n`,
  "a text of ten megabytes": `${HEAD}description: "${"x".repeat(10_000_000)}"\n`,
  "a hundred thousand keys": HEAD + Array.from({ length: 100_000 }, (_, n) => `k${n}: 1\n`).join(""),
  "merge keys": `a: &a { x: 1 }\n${Array.from({ length: 200 }, (_, n) => `b${n}: { <<: *a }\n`).join("")}`,
  "variables that multiply": `${HEAD}variables:\n  v0: abcdefgh\n${
    Array.from({ length: 60 }, (_, n) => `  v${n + 1}: "\${var:v${n}}\${var:v${n}}"\n`).join("")
  }`,
  "variables of lists that multiply": `${HEAD}variables:\n  v0: [1]\n${
    Array.from({ length: 60 }, (_, n) => `  v${n + 1}: ["\${var:v${n}}", "\${var:v${n}}"]\n`).join("")
  }`,
  "a file that includes itself": `${HEAD}budget: { $include: pipeline.yaml }\n`,
  "a file without end": `${HEAD}description: "\${file:/dev/zero}"\n`,
};

/** How a bomb went off. */
export interface BombFigure {
  readonly name: string;
  readonly outcome: string;
  readonly ms: number;
  readonly peakMb: number;
  readonly problem?: string;
}

/** Checks every bomb in a process of its own. */
export async function checkBombs(folder: string): Promise<readonly BombFigure[]> {
  const figures: BombFigure[] = [];
  for (const [name, text] of Object.entries(BOMBS)) {
    const file = join(folder, "pipeline.yaml");
    await Deno.writeTextFile(file, text);
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", join(ROOT, "scripts/fuzz/_bomb.ts"), file],
      stderr: "inherit",
    }).output();
    const { outcome, ms, peakMb, problem } = JSON.parse(new TextDecoder().decode(stdout)) as BombFigure;
    const wrong = problem ??
      (ms > TIME_MS_MAX ? `takes ${Math.round(ms)} ms` : undefined) ??
      (peakMb > MEMORY_MB_MAX ? `takes ${Math.round(peakMb)} MB` : undefined);
    figures.push({ name, outcome, ms, peakMb, ...(wrong === undefined ? {} : { problem: wrong }) });
  }
  return figures;
}
