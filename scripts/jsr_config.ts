// deno-lint-ignore-file no-console -- scripts write to the terminal
/**
 * `deno task test:jsr`: the tests against the real JSR packages instead of the stand-ins in `compat/`.
 *
 * Writes `deno.jsr.json`, the workspace without the stand-ins, and tests with it. Where JSR cannot be reached it
 * says "skipped" and ends well, unless `--required` is given.
 *
 * @module
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runDeno } from "./_deno.ts";
import { readText, ROOT } from "./_tree.ts";

/** The file that is written; git ignores it. */
const CONFIG = "deno.jsr.json";

/** One of the real packages that we use, to find out whether JSR answers. */
const PROBE = "jsr:@std/assert@^1.0.0";

/** The same configuration without the members below `compat/`, and without their tests. */
export function withoutStandIns(config: string): string {
  const manifest = JSON.parse(config) as {
    readonly workspace?: readonly string[];
    readonly exclude?: readonly string[];
  };
  const workspace = (manifest.workspace ?? []).filter((path) => !/^(\.\/)?compat\//.test(path));
  const exclude = [...manifest.exclude ?? [], "compat/"];
  return `${JSON.stringify({ ...manifest, workspace, exclude }, null, 2)}\n`;
}

/** Asks Deno for a package from JSR; gives the reason when none comes. */
export async function findJsrObstacle(): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "fastdistill-jsr-"));
  try {
    const args = ["cache", "--no-config", "--no-lock", `--reload=${PROBE}`, PROBE];
    const { code, stderr } = await runDeno(args, folder);
    return code === 0
      ? undefined
      : stderr.trim().split("\n").find((line) => line.includes("error")) ?? "no reason";
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  await writeFile(join(ROOT, CONFIG), withoutStandIns(await readText(ROOT, "deno.json") ?? "{}"));
  const obstacle = await findJsrObstacle();
  if (obstacle !== undefined) {
    const isRequired = Deno.args.includes("--required");
    console.log(`${isRequired ? "failed" : "skipped"}: JSR cannot be reached: ${obstacle}`);
    return isRequired ? 1 : 0;
  }
  const args = ["test", "-A", "--parallel", `--config=${CONFIG}`, "--lock=deno.jsr.lock"];
  const child = new Deno.Command(Deno.execPath(), { args, cwd: ROOT, stdin: "null" }).spawn();
  return (await child.status).code;
}

if (import.meta.main) Deno.exit(await main());
