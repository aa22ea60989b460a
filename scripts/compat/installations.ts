import { join } from "node:path";
import { npmInstall } from "../../tests/_node_releases.ts";
import { runProcess } from "../../tests/_process.ts";
import { withoutStandIns } from "../jsr_config.ts";
import { readText, ROOT } from "../_tree.ts";
import { type Cell, OPTIONAL_PACKAGES } from "./cells.ts";
import type { NpmHooks } from "./npm_hooks.ts";
import { releaseOf } from "./releases.ts";

/** Where nothing is: what a package is mapped to that is to be missing. */
const NOWHERE = "./.cache/compat/absent.js";

/** The project as one cell has it. */
export interface Installation {
  /** The program of the runtime. */
  readonly program: string;
  /** Starts the command line. */
  readonly cli: readonly string[];
  /** Starts `run_tests.ts`. */
  readonly tests: readonly string[];
  /** Under Node: where the package is. */
  readonly npm?: NpmHooks;
}

interface Manifest {
  readonly imports: Readonly<Record<string, string>>;
}

/** Makes the installations of cells; what several cells share is made once. */
export class Installations implements AsyncDisposable {
  readonly #folder: string;
  readonly #consumers: Map<string, Promise<string>> = new Map();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Begins in a temporary folder. */
  static async open(): Promise<Installations> {
    return new Installations(await Deno.makeTempDir({ prefix: "fastdistill-compat-" }));
  }

  /** A folder for the files of one cell. */
  scratch(): Promise<string> {
    return Deno.makeTempDir({ dir: this.#folder });
  }

  /** The project for a cell; `files` are tests that import packages by themselves. */
  async of(cell: Cell, files: readonly string[]): Promise<Installation> {
    const program = await releaseOf(cell.runtime, cell.version);
    const runner = join(ROOT, "scripts/compat/run_tests.ts");
    if (cell.runtime === "deno") {
      const config = await this.#denoConfig(cell, files);
      const start = [program, "run", "-A", "--no-check", "--no-lock", `--config=${config}`];
      return { program, cli: [...start, join(ROOT, "cli.ts")], tests: [...start, runner] };
    }
    const tools = await this.#consumer({ ...cell, packages: "with" });
    const consumer = await this.#consumer(cell);
    return {
      program,
      cli: [program, join(consumer, "node_modules/fastdistill/esm/scripts/npm_bin.js")],
      tests: [program, "--experimental-strip-types", "--no-warnings", runner],
      npm: { consumer, tools },
    };
  }

  /** Removes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
    for (const name of ["deno.compat.json", "deno.jsr.json"]) {
      await Deno.remove(join(ROOT, name)).catch(() => {});
    }
  }

  /** A configuration has to stand in the root, so that its paths are those of the workspace. */
  async #denoConfig({ packages, jsr }: Cell, files: readonly string[]): Promise<string> {
    const text = await readText(ROOT, "deno.json") ?? "{}";
    const names = jsr === "real" ? withoutStandIns(text) : text;
    const path = join(ROOT, "deno.compat.json");
    await Deno.writeTextFile(path, packages === "with" ? names : await withoutPackages(names, files));
    return path;
  }

  #consumer({ packages, jsr }: Cell): Promise<string> {
    const key = `${packages}-${jsr}`;
    const made = this.#consumers.get(key) ?? this.#makeConsumer(packages, jsr);
    this.#consumers.set(key, made);
    return made;
  }

  async #makeConsumer(packages: Cell["packages"], jsr: Cell["jsr"]): Promise<string> {
    const consumer = join(this.#folder, `consumer-${packages}-${jsr}`);
    await Deno.mkdir(consumer);
    await Deno.writeTextFile(join(consumer, "package.json"), '{ "private": true, "type": "module" }\n');
    const tarball = await this.#tarball(jsr);
    const { imports } = JSON.parse(await readText(ROOT, "deno.json") ?? "{}") as Manifest;
    const added = [...OPTIONAL_PACKAGES, "fast-check"].map((name) => imports[name]!.replace(/^npm:/, ""));
    await npmInstall(consumer, packages === "with" ? [tarball, ...added] : [tarball]);
    if (packages === "without") {
      for (const name of OPTIONAL_PACKAGES) {
        await Deno.remove(join(consumer, "node_modules", name), { recursive: true }).catch(() => {});
      }
    }
    return consumer;
  }

  async #tarball(jsr: Cell["jsr"]): Promise<string> {
    const [built, target] = [join(this.#folder, `built-${jsr}`), join(this.#folder, `packed-${jsr}`)];
    const tarball = join(target, "fastdistill.tgz");
    if (await Deno.stat(tarball).then(() => true, () => false)) return tarball;
    const config = jsr === "real" ? ["--config=deno.compat.json", "--no-lock"] : [];
    if (jsr === "real") await this.#denoConfig({ runtime: "deno", version: "", packages: "with", jsr }, []);
    await runProcess([Deno.execPath(), "run", "-A", ...config, "scripts/build_npm.ts", built], { cwd: ROOT });
    await Deno.mkdir(target);
    const { stdout } = await runProcess(["npm", "pack", "--json", "--pack-destination", target], {
      cwd: built,
    });
    const [{ filename }] = JSON.parse(stdout) as [{ readonly filename: string }];
    await Deno.rename(join(target, filename), tarball);
    return tarball;
  }
}

/** The same configuration, in which only tests find the packages that are to be missing. */
export async function withoutPackages(config: string, files: readonly string[]): Promise<string> {
  const manifest = JSON.parse(config) as Manifest;
  const imports: Record<string, string> = { ...manifest.imports };
  const scopes: Record<string, Record<string, string>> = {};
  for (const name of OPTIONAL_PACKAGES) {
    const specifier = imports[name]!;
    delete imports[name];
    imports[specifier] = NOWHERE;
    for (const file of files) {
      const text = await readText(ROOT, file) ?? "";
      if (!text.includes(`from "${name}"`)) continue;
      scopes[`./${file}`] = { ...scopes[`./${file}`], [name]: specifier };
    }
  }
  return `${JSON.stringify({ ...manifest, imports, scopes }, null, 2)}\n`;
}
