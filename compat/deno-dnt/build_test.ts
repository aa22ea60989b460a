import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { build, type BuildOptions, emptyDir } from "./mod.ts";

const SOURCES: Readonly<Record<string, string>> = {
  "deno.json": JSON.stringify({
    name: "@demo/app",
    version: "1.0.0",
    exports: "./mod.ts",
    workspace: ["./lib"],
    imports: { "minimist": "npm:minimist@^1.2.8", "@types/minimist": "npm:@types/minimist@^1.2.5" },
  }),
  "lib/deno.json": JSON.stringify({
    name: "@demo/lib",
    version: "1.0.0",
    exports: { "./words": "./words.ts" },
  }),
  "lib/words.ts": "/** A word. */\nexport type Word = string;\nexport const WORD: Word = 'hello';\n",
  "mod.ts": `
// @ts-types="@types/minimist"
import minimist from "minimist";
import numbers from "./numbers.json" with { type: "json" };
import { WORD } from "@demo/lib/words";
export type { Word } from "@demo/lib/words";
export const worker: URL = new URL("./worker.ts", import.meta.url);
export const page: URL = new URL("./page.html", import.meta.url);
/** The words of a command line. */
export function words(args: string[]): import("@demo/lib/words").Word[] {
  return [WORD, String(numbers.one), ...minimist(args)._];
}
export const lazy = async (): Promise<number> => (await import("./lazy.ts")).LAZY;
`,
  "lazy.ts": "export const LAZY = 7;\n",
  "worker.ts": "export { LAZY } from './lazy.ts';\n",
  "numbers.json": '{ "one": 1 }',
  "page.html": "<p>hello</p>",
  "command.ts": "#!/usr/bin/env -S deno run\nimport { words } from './mod.ts';\nconsole.log(words([]));\n",
};

/** Runs a test body in a folder that holds a small workspace, with options that build it. */
async function withProject(
  body: (folder: string, options: BuildOptions) => Promise<void>,
  changes: Readonly<Record<string, string>> = {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/lib`);
    for (const [path, text] of Object.entries({ ...SOURCES, ...changes })) {
      await Deno.writeTextFile(`${folder}/${path}`, text);
    }
    await body(folder, {
      entryPoints: [`${folder}/mod.ts`, { kind: "bin", name: "app", path: `${folder}/command.ts` }],
      outDir: `${folder}/npm`,
      shims: {},
      test: false,
      scriptModule: false,
      skipSourceOutput: true,
      compilerOptions: { target: "ES2023", lib: ["ESNext", "DOM"] },
      package: { name: "app", version: "1.0.0", license: "MIT" },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("build() writes modules, declarations, assets and a manifest that npm understands", async () => {
  await withProject(async (folder, options) => {
    await build(options);
    const read = (path: string) => Deno.readTextFile(`${folder}/npm/${path}`);
    const code = await read("esm/mod.js");
    for (
      const specifier of ['"minimist"', '"./lib/words.js"', '"./lazy.js"', '"./worker.js"', '"./page.html"']
    ) assertStringIncludes(code, specifier);
    const types = await read("esm/mod.d.ts");
    assertStringIncludes(types, 'export type { Word } from "./lib/words.js"');
    assertStringIncludes(types, 'import("./lib/words.js").Word');
    assertStringIncludes(types, "/** The words of a command line. */");
    assertStringIncludes(await read("esm/worker.js"), "./lazy.js");
    assertEquals(await read("esm/page.html"), SOURCES["page.html"]);
    assertEquals(JSON.parse(await read("esm/numbers.json")), { one: 1 });
    assertEquals((await read("esm/command.js")).split("\n")[0], "#!/usr/bin/env node");
    assertEquals(JSON.parse(await read("package.json")), {
      name: "app",
      version: "1.0.0",
      license: "MIT",
      module: "./esm/mod.js",
      exports: { ".": { import: "./esm/mod.js" } },
      bin: { app: "./esm/command.js" },
      dependencies: { minimist: "^1.2.8" },
    });
  });
});

Deno.test("build() fails on a type error with the place in the source, and writes no module", async () => {
  await withProject(async (folder, options) => {
    const error = await assertRejects(() => build(options), Error, "lazy.ts(2,");
    assertStringIncludes(error.message, "TS2322");
    await assertRejects(() => Deno.stat(`${folder}/npm/esm/mod.js`), Deno.errors.NotFound);
    await build({ ...options, filterDiagnostic: (found) => found.code !== 2322 });
    await build({ ...options, typeCheck: false });
  }, { "lazy.ts": "export const LAZY = 7;\nexport const WRONG: number = 'text';\n" });
});

Deno.test("build() fails on an import that nothing resolves", async () => {
  await withProject(async (_, options) => {
    await assertRejects(() => build(options), Error, "nowhere");
  }, { "lazy.ts": "export { LAZY } from 'nowhere';\n" });
});

Deno.test("build() refuses by name what it does not support", async () => {
  await withProject(async (_, options) => {
    const cases: [Record<string, unknown>, string][] = [
      [{ mappings: {} }, "mappings"],
      [{ shims: { deno: true } }, "shims.deno"],
      [{ test: true }, "option test: true"],
      [{ test: undefined }, "option test: undefined"],
      [{ scriptModule: "cjs" }, "option scriptModule: cjs"],
      [{ declaration: "separate" }, "option declaration: separate"],
      [{ compilerOptions: { jsx: "react" } }, "compilerOptions.jsx"],
      [{ entryPoints: [] }, "no entry point"],
      [{ entryPoints: [{ path: "mod.ts" }] }, "no name"],
    ];
    for (const [change, message] of cases) {
      await assertRejects(() => build({ ...options, ...change } as BuildOptions), TypeError, message);
    }
  });
});

Deno.test("emptyDir() leaves an empty folder, whatever was there", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/a/b`, { recursive: true });
    await Deno.writeTextFile(`${folder}/a/b/c`, "");
    await emptyDir(folder);
    assertEquals([...Deno.readDirSync(folder)], []);
    await emptyDir(`${folder}/new`);
    assertEquals([...Deno.readDirSync(`${folder}/new`)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
