import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { join, relative } from "node:path";
import type { Finished } from "./_process.ts";

/** A way to start the command line. */
export interface Way {
  readonly name: string;
  readonly command: readonly string[];
  /** Runs a program; a machine of its own has a cache of its own. */
  readonly run: (command: readonly string[], cwd: string) => Promise<Finished>;
}

/** A step that is published, and that may read a variable. */
export const GREETING = `/** A step. @module */
import { defineStep, pass, type StepComponent } from "@fastdistill/core/define";
import { z } from "zod";

/** A step. */
const component: StepComponent = defineStep({
  kind: "row",
  name: "greeting",
  version: 1,
  summary: "Puts a word of the environment before a text",
  permissions: { env: ["GREETING"] },
  config: z.strictObject({ field: z.string() }),
  columns: ({ field }) => ({ requires: [{ column: field, type: "string" }], adds: { greeting: "string" } }),
  open: ({ field }) => ({
    process: (row) => pass({ ...row, greeting: Deno.env.get("GREETING") + " " + row[field] }),
  }),
});
export default component;
`;

/** A step that is a file of the project, and that does what no in-process step may: fail to read a file. */
const SHOUT = `import { defineStep, pass } from "@fastdistill/core/define";
import { z } from "zod";
import { loud } from "./loud.ts";

export default defineStep({
  kind: "row",
  name: "shout",
  version: 1,
  summary: "Says a text loudly, and whether the project can be read",
  permissions: {},
  config: z.strictObject({ field: z.string() }),
  columns: ({ field }) => ({ requires: [{ column: field, type: "string" }], adds: { loud: "string", saw: "string" } }),
  open: ({ field }) => ({
    process: (row) => {
      let saw = "the pipeline";
      try {
        Deno.readTextFileSync("pipeline.yaml");
      } catch (error) {
        saw = (error as Error).name;
      }
      return pass({ ...row, loud: loud(String(row[field])), saw });
    },
  }),
});
`;

const PIPELINE = `version: 1
name: ways
steps:
  texts:
    use: rows
    with: { rows: [{ text: The cat sat. It ran. }, { text: We wait for the bus. It is late. }] }
  easy: { use: readability, with: { field: text, max: 8 }, stage: easy }
  greeted: { use: greeting, with: { field: text } }
  loud: { use: shout, with: { field: greeting }, stage: loud }
`;

const FILES: Readonly<Record<string, string>> = {
  "deno.json": JSON.stringify({
    imports: {
      "@fastdistill/core": "jsr:@fastdistill/core@^0.1.0",
      "zod": "npm:zod@^4.6.0",
      "fastdistill-step-readability": "jsr:@fastdistill-examples/readability@^0.1.0",
      "fastdistill-step-greeting": "jsr:@fastdistill-examples/greeting@^0.1.0",
      "fastdistill-step-shout": "./shout.ts",
    },
    fastdistill: { plugins: { shout: { sandbox: true } } },
  }),
  "loud.ts": "export const loud = (text: string): string => text.toUpperCase();\n",
  "pipeline.yaml": PIPELINE,
  "shout.ts": SHOUT,
};
/** What the first way decides on and the others find: which code each plugin is, and what it may do. */
const KEPT = ["fastdistill.lock", ".fastdistill/grants.json"];

/**
 * Has every way run one pipeline with sandboxed plugins, of the registry and of the project. The first one grants and
 * locks; the others get its grants and lock as they are. All come to the same bytes.
 */
export async function comparePlugins(folder: string, ways: readonly Way[]): Promise<void> {
  const [first, ...others] = ways;
  const home = join(folder, "way-0");
  await writeProject(home, FILES);
  await first!.run([...first!.command, "plugins", "grant", "greeting"], home);
  const expected = await runIn(home, first!);
  assertEquals(expected.rows.map(({ greeting, loud, saw }) => [greeting, loud, saw]), [
    ["Hey The cat sat. It ran.", "HEY THE CAT SAT. IT RAN.", "NotCapable"],
    ["Hey We wait for the bus. It is late.", "HEY WE WAIT FOR THE BUS. IT IS LATE.", "NotCapable"],
  ]);
  assertEquals(expected.plugins.map(({ name }) => name), ["greeting", "readability", "shout"]);
  const kept = Object.fromEntries(
    await Promise.all(KEPT.map(async (path) => [path, await Deno.readTextFile(join(home, path))])),
  );
  for (const [index, way] of others.entries()) {
    const project = join(folder, `way-${index + 1}`);
    await writeProject(project, { ...FILES, ...kept });
    assertEquals(await runIn(project, way), expected, way.name);
    for (const path of KEPT) assertEquals(await Deno.readTextFile(join(project, path)), kept[path], way.name);
  }
}

interface Outcome {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly plugins: readonly { readonly name: string }[];
  /** Digest of each file of each stage, by its path. */
  readonly stages: Readonly<Record<string, string>>;
}

async function runIn(project: string, { command, run }: Way): Promise<Outcome> {
  const { stdout } = await run([...command, "run", "pipeline.yaml", "--json"], project);
  const { plugins } = JSON.parse(stdout) as Outcome;
  const paths = (await Array.fromAsync(filesBelow(join(project, "runs")))).filter((it) =>
    it.includes("/stages/")
  );
  const stages = await Promise.all(paths.map(async (path) => {
    const sha256 = createHash("sha256").update(await Deno.readFile(path)).digest("hex");
    return [relative(project, path), sha256] as const;
  }));
  const data = paths.find((path) => /\/stages\/loud\/.*\.jsonl$/.test(path))!;
  const rows = (await Deno.readTextFile(data)).trim().split("\n").map((line) => JSON.parse(line));
  return { rows, plugins, stages: Object.fromEntries(stages.sort()) };
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* filesBelow(path);
    else yield path;
  }
}

async function writeProject(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await Deno.mkdir(join(folder, ".fastdistill"), { recursive: true });
  for (const [path, text] of Object.entries(files)) await Deno.writeTextFile(join(folder, path), text);
}
