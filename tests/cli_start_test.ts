import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runProcess } from "./_process.ts";

const ROOT = join(import.meta.dirname!, "..");
/** What takes time to load, and what no help needs. */
const HEAVY =
  /(^npm:|\/node_modules\/|^node:sqlite|^compat\/|^jsr:|^https?:|^core\/mod\.ts|^core\/run\/|^core\/config\/)/;

interface ModuleGraph {
  readonly roots: readonly string[];
  readonly redirects?: Readonly<Record<string, string>>;
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier?: string };
      readonly isDynamic?: boolean;
    }[];
  }[];
}

/** The modules that a file loads before it runs, dynamic imports left out; ours by their paths below the root. */
async function loadedBy(file: string): Promise<readonly string[]> {
  const { stdout } = await runProcess([Deno.execPath(), "info", "--json", file], { cwd: ROOT });
  const graph = JSON.parse(stdout) as ModuleGraph;
  const dependencies = new Map(graph.modules.map(({ specifier, dependencies = [] }) => [
    specifier,
    dependencies.flatMap(({ code, isDynamic }) =>
      isDynamic || code?.specifier === undefined ? [] : [code.specifier]
    ),
  ]));
  const loaded = new Set<string>();
  const waiting = [...graph.roots];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const specifier = graph.redirects?.[next] ?? next;
    if (loaded.has(specifier)) continue;
    loaded.add(specifier);
    waiting.push(...(dependencies.get(specifier) ?? []));
  }
  const root = pathToFileURL(`${ROOT}/`).href;
  return [...loaded].map((specifier) =>
    specifier.startsWith(root) ? specifier.slice(root.length) : specifier
  );
}

Deno.test("cli.ts loads nothing heavy before it knows the command, so that --help is quick", async () => {
  const loaded = await loadedBy("cli.ts");
  assert(loaded.some((specifier) => specifier.endsWith("cli/run_command_line.ts")));
  assertEquals(loaded.filter((specifier) => HEAVY.test(specifier)), []);
});

Deno.test("the modules of commands load nothing heavy for their own --help", async () => {
  for (const command of ["run", "validate", "runs", "show", "verify"]) {
    assertEquals((await loadedBy(`cli/commands/${command}.ts`)).filter((it) => HEAVY.test(it)), [], command);
  }
});

Deno.test("cli.ts exits with the code of the command line", async () => {
  const cli = (...words: string[]) =>
    runProcess([Deno.execPath(), "run", "-A", "cli.ts", ...words], { cwd: ROOT, mayFail: true });
  const help = await cli("--help");
  assertEquals([help.code, help.stderr], [0, ""]);
  assertMatch(help.stdout, /^ {2}run <pipeline\.yaml> /m);
  const nothing = await cli();
  assertEquals([nothing.code, nothing.stdout, nothing.stderr], [2, "", help.stdout]);
  assertMatch((await cli("-V")).stdout, /^fastdistill \d+\.\d+\.\d+\n$/);
  const wrong = await cli("valdate", "x.yaml");
  assertEquals([wrong.code, wrong.stdout], [2, ""]);
  assertMatch(
    wrong.stderr,
    /^error\[config\.usage\]: No command is named "valdate"; did you mean "validate"\?\n/,
  );
});

Deno.test("cli.ts ends in peace when nobody reads its output", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "cli.ts", "run", "--help"],
    cwd: ROOT,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await child.stdout.cancel();
  const stderr = await new Response(child.stderr).text();
  assertEquals([(await child.status).code, stderr], [0, ""]);
});

Deno.test({
  name: "fastdistill reads no more of a pipeline that is piped into it than a file may have",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const command = 'yes "a: 1" | "$0" run -A --no-check "$1" validate /dev/stdin';
    const cli = new URL("../cli.ts", import.meta.url).pathname;
    const args = ["-c", command, Deno.execPath(), cli];
    const { code, stderr } = await new Deno.Command("sh", { args, env: { NO_COLOR: "1" } }).output();
    assertEquals(code, 2);
    assertStringIncludes(
      new TextDecoder().decode(stderr),
      "Read a file of at most 1048576 bytes, found more",
    );
  },
});
