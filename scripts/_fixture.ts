/**
 * Small file trees in temporary folders, for the tests of the checks.
 *
 * @module
 */
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Writes a tree of `path -> text`, hands its folder to the body and removes it afterwards. */
export async function withTree(
  files: Readonly<Record<string, string>>,
  body: (root: string) => Promise<void>,
): Promise<void> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "fastdistill-check-")));
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    await body(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** The `deno.json` files of a workspace like ours, empty otherwise. */
export const WORKSPACE: Readonly<Record<string, string>> = {
  "deno.json": manifest("@fastdistill/cli", {
    exports: { ".": "./cli.ts", "./mod": "./mod.ts" },
    workspace: ["./core", "./providers", "./steps", "./compat/std-yaml"],
    publish: {
      include: ["cli.ts", "mod.ts", "cli/**/*.ts", "deno.json", "LICENSE"],
      exclude: ["**/*_test.ts"],
    },
  }),
  "core/deno.json": member("core"),
  "providers/deno.json": member("providers"),
  "steps/deno.json": member("steps"),
  "compat/std-yaml/deno.json": manifest("@std/yaml", { exports: "./mod.ts", publish: false }),
  "compat/std-yaml/mod.ts": "export {};\n",
  "LICENSE": "MIT\n",
  "core/LICENSE": "MIT\n",
  "providers/LICENSE": "MIT\n",
  "steps/LICENSE": "MIT\n",
  "cli.ts": "/** Command line. @module */\nexport {};\n",
  "mod.ts": "/** Library. @module */\nexport {};\n",
  "core/mod.ts": "/** Core. @module */\nexport {};\n",
  "providers/mod.ts": "/** Providers. @module */\nexport {};\n",
  "steps/mod.ts": "/** Steps. @module */\nexport {};\n",
};

function member(name: string): string {
  return manifest(`@fastdistill/${name}`, {
    exports: { ".": "./mod.ts" },
    publish: { include: ["**/*.ts", "deno.json", "LICENSE"], exclude: ["**/*_test.ts"] },
  });
}

function manifest(name: string, rest: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ name, version: "0.1.0", license: "MIT", ...rest });
}
