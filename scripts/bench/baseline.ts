/**
 * Runs all benches, one after another, and writes their figures into `docs/baseline.md` and `docs/zh/baseline.md`.
 * `deno task bench:baseline`; it takes about ten minutes, and the machine should have nothing else to do.
 *
 * @module
 */
import { cpus, loadavg, totalmem } from "node:os";
import { BENCHES, type Bilingual, HEADINGS, INTRODUCTION } from "./_baseline_text.ts";
import { type BenchResult, figureLine } from "./_bench_result.ts";

type Language = keyof Bilingual;

const PAGES: Readonly<Record<Language, URL>> = {
  en: new URL("../../docs/baseline.md", import.meta.url),
  zh: new URL("../../docs/zh/baseline.md", import.meta.url),
};

/** One bench as it was measured. */
interface Measured {
  readonly result: BenchResult;
  /** Processes that wanted to run, on average over the minute before. */
  readonly load: number;
}

async function measure(bench: string): Promise<Measured> {
  const load = loadavg()[0]!;
  const script = new URL(`./${bench}.ts`, import.meta.url).pathname;
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, "--json"],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`The bench "${bench}" failed`);
  const result: BenchResult = JSON.parse(new TextDecoder().decode(stdout));
  await Deno.stdout.write(new TextEncoder().encode(result.figures.map(figureLine).join("\n") + "\n"));
  return { result, load };
}

function machine(): string {
  const cores = cpus();
  return [
    `date: ${new Date().toISOString().slice(0, 10)}`,
    `processor: ${cores[0]?.model ?? "unknown"}, ${cores.length} cores`,
    `memory: ${(totalmem() / 1e9).toFixed(1)} GB`,
    `system: ${Deno.build.os} ${Deno.build.arch}`,
    `runtime: deno ${Deno.version.deno}`,
  ].join("\n");
}

function fence(language: string, text: string): string {
  return "```" + language + "\n" + text + "\n```";
}

function page(language: Language, measured: ReadonlyMap<string, Measured>): string {
  const benches = BENCHES.flatMap(({ bench, heading, meaning }) => {
    const { result, load } = measured.get(bench)!;
    const figures = [...result.figures.map(figureLine), `load before: ${load.toFixed(1)}`].join("\n");
    return [
      `## ${heading[language]}`,
      meaning[language],
      fence("sh", `deno task bench:${bench}`),
      fence("text", figures),
    ];
  });
  return [
    `# ${HEADINGS.title[language]}`,
    INTRODUCTION[language],
    `## ${HEADINGS.machine[language]}`,
    fence("text", machine()),
    ...benches,
  ].join("\n\n") + "\n";
}

const measured = new Map<string, Measured>();
for (const { bench } of BENCHES) measured.set(bench, await measure(bench));
for (const language of ["en", "zh"] as const) {
  await Deno.writeTextFile(PAGES[language], page(language, measured));
}
const paths = Object.values(PAGES).map(({ pathname }) => pathname);
await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", ...paths] }).output();
