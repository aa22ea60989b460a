// Builds the npm package `fastdistill` into npm/, or into the folder that is given as the only argument.
import { build, emptyDir } from "@deno/dnt";
import { join } from "node:path";

const root = join(import.meta.dirname!, "..");
const MEMBERS = ["core", "providers", "steps"];
/** Packages that are loaded when they are first needed, and that most users never need. */
const OPTIONAL = [
  "@duckdb/duckdb-wasm",
  "@huggingface/hub",
  "apache-arrow",
  "aws4fetch",
  "pyodide",
  "quickjs-emscripten",
  "typescript",
];

/** The part of a `deno.json` that a build needs. */
interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
}

/** Builds the npm package into a folder, which is emptied first. */
export async function buildNpm(outDir: string): Promise<void> {
  const { version, license } = await manifestOf(".");
  await emptyDir(outDir);
  await build({
    entryPoints: [
      { name: ".", path: join(root, "mod.ts") },
      ...(await Promise.all(MEMBERS.map(memberEntryPoints))).flat(),
      { kind: "bin", name: "fastdistill", path: join(root, "scripts/npm_bin.ts") },
    ],
    outDir,
    shims: {},
    test: false,
    scriptModule: false,
    skipSourceOutput: true,
    compilerOptions: {
      target: "ES2023",
      lib: ["ESNext", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
      noUncheckedIndexedAccess: true,
    },
    package: {
      name: "fastdistill",
      version,
      description:
        "Data generation with language models and AI feedback on that data: pipelines you can gate and repeat",
      license,
      keywords: ["llm", "dataset", "distillation", "synthetic-data", "evaluation"],
      engines: { node: ">=22.16" },
      files: ["esm"],
      devDependencies: { "@types/node": "^22.13.0" },
    },
    postBuild: async () => {
      await copyDocuments(outDir);
      await makeOptional(outDir);
    },
  });
}

async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await Deno.readTextFile(join(root, folder, "deno.json"))) as Manifest;
}

/** A member's export paths below its own name: `@fastdistill/core/testing` is `fastdistill/core/testing`. */
async function memberEntryPoints(member: string): Promise<{ name: string; path: string }[]> {
  const { exports } = await manifestOf(member);
  return Object.entries(exports).map(([name, path]) => ({
    name: `./${member}${name.slice(1)}`,
    path: join(root, member, path),
  }));
}

/** Who needs one of these packages adds it; the error of the code that wants it says how. */
async function makeOptional(outDir: string): Promise<void> {
  const path = join(outDir, "package.json");
  const manifest = JSON.parse(await Deno.readTextFile(path));
  for (const name of OPTIONAL) {
    const range: string | undefined = manifest.dependencies?.[name];
    if (range === undefined) throw new Error(`Make ${name} optional: it is no dependency of the build`);
    delete manifest.dependencies[name];
    manifest.peerDependencies = { ...manifest.peerDependencies, [name]: range };
    manifest.peerDependenciesMeta = { ...manifest.peerDependenciesMeta, [name]: { optional: true } };
  }
  await Deno.writeTextFile(path, `${JSON.stringify(manifest, null, 2)}\n`);
}

async function copyDocuments(outDir: string): Promise<void> {
  const names = (await Array.fromAsync(Deno.readDir(root))).map((entry) => entry.name);
  for (const name of names.filter((it) => it === "README.md" || it === "LICENSE")) {
    await Deno.copyFile(join(root, name), join(outDir, name));
  }
}

if (import.meta.main) await buildNpm(Deno.args[0] ?? join(root, "npm"));
