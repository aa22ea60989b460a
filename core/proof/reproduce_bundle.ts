import { mkdir, readdir, rm } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { effectStorePath } from "../artifact/mod.ts";
import { importEffects, openSqliteEffectStore } from "../effects/mod.ts";
import { didYouMean, FastDistillError } from "../errors/mod.ts";
import type { EventSink } from "../observe/mod.ts";
import type { Registry } from "../registry/mod.ts";
import type { RunStatus } from "../observe/mod.ts";
import type { RunSummary } from "../report/mod.ts";
import { runPipeline } from "../run/mod.ts";
import { errorCodeOf, fingerprintFile, pathExists } from "../runtime/mod.ts";
import { unpackBundle } from "./_bundle_archive.ts";
import type { BundleManifest } from "./_bundle_manifest.ts";
import { checkMerged, planBundled } from "./_bundled_pipeline.ts";

/** How a bundle is rebuilt. */
export interface ReproduceOptions {
  /** Folder to unpack and run in; there must be nothing in it. */
  readonly into: string;
  /** Where components are found by name; given the folder in which input paths start. */
  readonly registryOf: (baseDir: string) => Promise<Registry>;
  /** Where the inputs are, for a bundle that does not hold them: a folder in which their paths start. */
  readonly inputsDir?: string | undefined;
  /** Bytes that the files of the bundle may have together. @default {50 GiB} */
  readonly bytesMax?: number | undefined;
  /** Told of everything that happens in the run. */
  readonly onEvent?: EventSink;
}

/** A stage or export, as it was and as it came out. */
export interface ReproducedFile {
  /** Of the stage, or path of the export in the run folder. */
  readonly name: string;
  /** SHA-256 of the manifest or file that the bundle states. */
  readonly expected: string;
  /** What came out; `null` when nothing did. */
  readonly found: string | null;
  /** Whether both are one. */
  readonly identical: boolean;
}

/** What a rebuilding came to. */
export interface ReproduceReport {
  /** Of the run. */
  readonly run_id: string;
  /** The run folder that was made. */
  readonly run_dir: string;
  /** Whether every stage and export is as it was, byte for byte, and the run ended as it did. */
  readonly ok: boolean;
  /** How the run of the bundle ended. */
  readonly expected_status: RunStatus;
  /** How this one ended. */
  readonly status: RunStatus;
  /** Why it did not end as `done`. */
  readonly error?: RunSummary["error"];
  /** Effects that came from the bundle. None was performed. */
  readonly effects: number;
  /** By stage: manifests. */
  readonly stages: readonly ReproducedFile[];
  /** Files that sinks wrote. */
  readonly exports: readonly ReproducedFile[];
}

/**
 * Unpacks a bundle and runs it again, offline, from its inputs and effects alone; then holds every manifest and export
 * against what the bundle states. Nothing of the bundle is executed: components are this machine's own.
 *
 * @throws {FastDistillError} `data.invalid_bundle`, `data.digest_mismatch` for an input or a component that is another
 * one, `data.file_not_found`, `data.write_failed` for a folder that is not empty, `registry.*`, `config.*`
 */
export async function reproduceBundle(file: string, options: ReproduceOptions): Promise<ReproduceReport> {
  const into = resolve(options.into);
  const made = await makeEmpty(into);
  let bundle: BundleManifest;
  try {
    bundle = await unpackBundle(file, { into, bytesMax: options.bytesMax });
    await checkMerged(join(into, "pipeline.yaml"));
  } catch (cause) {
    const left = made === undefined ? (await readdir(into)).map((name) => join(into, name)) : [made];
    for (const path of left) await rm(path, { recursive: true });
    throw cause;
  }
  const baseDir = join(into, "inputs");
  await mkdir(baseDir, { recursive: true });
  const registry = await options.registryOf(baseDir);
  await checkComponents(bundle, registry);
  const movedInputs = await findInputs(bundle, { into, inputsDir: options.inputsDir });
  const runsDir = join(into, "runs");
  const effects = await bringEffects(join(into, "effects.jsonl"), runsDir);
  // Nothing of this machine goes into the pipeline: all that decides the rows is in the bundle.
  const outside = { env: (name: string) => bundle.env[name], text: (path: string) => bundle.texts[path] };
  const limit = bundle.limit ?? undefined;
  const source = { file: join(into, "pipeline.yaml"), baseDir, movedInputs, registry, limit, outside };
  const { pipeline, plan } = await planBundled(source);
  if (plan.runId !== bundle.run_id) {
    const message = `The bundle is of the run ${bundle.run_id}, and here its pipeline is ${plan.runId}`;
    throw new FastDistillError("data.digest_mismatch", message, {
      hint: "Another release of FastDistill, or other components of the same names, give another run",
    });
  }
  const summary = await runPipeline({
    // Whoever made the bundle does not decide where this machine is written to.
    pipeline: { ...pipeline, writesWithin: into },
    registry,
    runsDir,
    offline: true,
    ...(limit === undefined ? {} : { limit }),
    ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
  });
  return compare(bundle, summary, effects);
}

function compare(bundle: BundleManifest, summary: RunSummary, effects: number): ReproduceReport {
  const found = (role: "stage" | "export", name: string) =>
    summary.files.find((file) => file.role === role && (role === "stage" ? file.name : file.path) === name)
      ?.sha256 ?? null;
  const compared = (role: "stage" | "export") =>
    bundle[role === "stage" ? "stages" : "exports"].map(({ name, sha256 }) => {
      const came = found(role, name);
      return { name, expected: sha256, found: came, identical: came === sha256 };
    });
  const [stages, exports] = [compared("stage"), compared("export")];
  return {
    run_id: summary.run_id,
    run_dir: summary.run_dir,
    ok: summary.status === bundle.status && [...stages, ...exports].every(({ identical }) => identical),
    expected_status: bundle.status,
    status: summary.status,
    ...(summary.error === undefined ? {} : { error: summary.error }),
    effects,
    stages,
    exports,
  };
}

/** Gives the outermost folder that had to be made. */
async function makeEmpty(folder: string): Promise<string | undefined> {
  const made = await mkdir(folder, { recursive: true }).catch((cause) => {
    throw new FastDistillError(
      "data.write_failed",
      `Cannot make the folder ${folder}: ${errorCodeOf(cause)}`,
      { cause },
    );
  });
  if ((await readdir(folder)).length === 0) return made;
  throw new FastDistillError(
    "data.write_failed",
    `Unpack a bundle into an empty folder, found files in ${folder}`,
    {
      hint: "Name another folder with --into",
    },
  );
}

async function bringEffects(file: string, runsDir: string): Promise<number> {
  const store = await openSqliteEffectStore(effectStorePath(runsDir));
  try {
    return (await importEffects(store, file)).added;
  } finally {
    await store.close();
  }
}

/** A bundle carries no code; what it needs besides the built-in components has to be here, and be the same. */
async function checkComponents({ components }: BundleManifest, registry: Registry): Promise<void> {
  const known = registry.list();
  for (const { kind, name, sha256 } of components) {
    const entry = known.find((one) => one.kind === kind && one.name === name);
    const what = `The bundle needs the ${kind} "${name}" of the project that it comes from`;
    const hint = `Name the deno.json that maps fastdistill-${kind}-${
      name.replaceAll("_", "-")
    } with --config`;
    if (entry === undefined) {
      const near = didYouMean(name, known.map((one) => one.name));
      throw new FastDistillError("registry.not_found", `${what}, and there is none here${near}`, { hint });
    }
    const found = entry.file === undefined ? undefined : (await fingerprintFile(entry.file)).sha256;
    if (found === sha256) continue;
    throw new FastDistillError("data.digest_mismatch", `${what}, and the one here is another`, {
      hint,
      context: { expected: sha256, found: found ?? entry.origin },
    });
  }
}

interface InputPlaces {
  readonly into: string;
  readonly inputsDir: string | undefined;
}

/** Where each input is, by the path that the configuration has. */
async function findInputs(
  { inputs }: BundleManifest,
  { into, inputsDir }: InputPlaces,
): Promise<Readonly<Record<string, string>>> {
  const places: Record<string, string> = {};
  for (const { name, sha256, path } of inputs) {
    if (path !== null) places[name] = join(into, path);
    else {
      const place = isAbsolute(name) ? name : resolve(inputsDir ?? into, name);
      if (!await pathExists(place)) {
        throw new FastDistillError(
          "data.file_not_found",
          `The bundle does not hold the input ${name}, and it is not at ${place}`,
          {
            hint: `Name the folder in which its path starts with --inputs-dir; its SHA-256 is ${sha256}`,
          },
        );
      }
      const found = (await fingerprintFile(place)).sha256;
      if (found !== sha256) {
        throw new FastDistillError(
          "data.digest_mismatch",
          `The input ${place} is not the one that the run read`,
          {
            context: { expected: sha256, found },
          },
        );
      }
      places[name] = place;
    }
  }
  return places;
}
