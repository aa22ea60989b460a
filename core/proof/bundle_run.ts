import { isAbsolute, resolve } from "node:path";
import { rm } from "node:fs/promises";
import { Buffer } from "node:buffer";
import { readRunJson, verifyRun } from "../artifact/mod.ts";
import { type EffectRecord, type EffectStore, exportEffects } from "../effects/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import type { Registry } from "../registry/mod.ts";
import type { RunInput, RunOrigin, RunSummary } from "../report/mod.ts";
import { fingerprintFile, pathExists, systemRandom } from "../runtime/mod.ts";
import { type ArchivedFile, writeArchive } from "./_bundle_archive.ts";
import {
  BUNDLE_FILE,
  BUNDLE_SCHEMA,
  type BundleManifest,
  formatBundle,
  isSafePath,
} from "./_bundle_manifest.ts";
import { decisiveOutside, outsideOf, ownComponents, planBundled } from "./_bundled_pipeline.ts";
import { pipelineOfRun } from "./_pipeline_of_run.ts";
import { effectKeysOfRun } from "./run_effects.ts";
import { isTarName } from "./_tar.ts";

/** What goes into a bundle, and where to. */
export interface BundleOptions {
  /** The file to write; it appears whole, in place of what was there. */
  readonly file: string;
  /** Where the run's effects are. */
  readonly store: EffectStore;
  /** Where the pipeline's components are found by name. */
  readonly registry: Registry;
  /** Folder in which input paths start. @default {where they did when the run was made} */
  readonly baseDir?: string | undefined;
  /** Whether the input files go in; otherwise their digests do, and who rebuilds the run needs them. @default {true} */
  readonly inputs?: boolean;
}

/** What a bundle came to. */
export interface BundleReport {
  /** Absolute path of the bundle. */
  readonly file: string;
  /** Of the run. */
  readonly run_id: string;
  /** Bytes of the bundle. */
  readonly size: number;
  /** Of the bundle's bytes. */
  readonly sha256: string;
  /** Effects in it. */
  readonly effects: number;
  /** Input files in it, or, without inputs, wanted by it. */
  readonly inputs: number;
  /** The user's own components that a rebuild needs; a bundle carries no code. */
  readonly components: readonly string[];
  /** Variables whose values are in it, because the run id depends on them. */
  readonly env: readonly string[];
  /** Files of `${file:PATH}` whose texts are in it, for the same reason. */
  readonly texts: readonly string[];
}

/**
 * Puts all that a run was made from into one file: pipeline, inputs, effects, and the digests of what has to come out.
 * The run is verified first, and planned again, so that what is bundled is known to belong together. The file is a
 * compressed tar archive; it holds no key of an API, no time and no path of this machine besides those that the pipeline
 * names.
 *
 * @throws {FastDistillError} `data.digest_mismatch` for a run or an input that was changed, `run.incomplete` for a run
 * that cannot be rebuilt without asking anybody, `store.missing_effect`, `data.file_not_found`, `data.write_failed`
 */
export async function bundleRun(runDir: string, options: BundleOptions): Promise<BundleReport> {
  const { store, registry, inputs: withInputs = true } = options;
  await checkWhole(runDir);
  const summary = await readRunJson(runDir);
  const origin = checkRebuildable(summary);
  const baseDir = options.baseDir === undefined ? origin.base_dir : resolve(options.baseDir);
  const source = {
    file: pipelineOfRun(runDir),
    baseDir,
    registry,
    limit: origin.limit,
    outside: outsideOf(baseDir),
  };
  const inputs = withInputs
    ? await placeInputs(origin.inputs, baseDir)
    : origin.inputs.map((input) => ({ ...input, path: null }));
  const planned = await planBundled(source);
  if (planned.plan.runId !== summary.run_id) throw otherRun(summary, planned.plan.runId);
  const effectsFile = `${options.file}.${systemRandom.integer(2 ** 32).toString(36)}.effects.tmp`;
  try {
    const { effects } = await exportEffects(effectsOf(summary, store), effectsFile);
    const drafts: readonly Draft[] = [
      { path: "pipeline.yaml", file: source.file },
      { path: "effects.jsonl", file: effectsFile },
      ...inputs.flatMap(({ name, path }) => path === null ? [] : [{ path, file: pathOf(name, baseDir) }]),
    ];
    const files = await Promise.all(drafts.map(async ({ path, file }, index) => {
      return { path, entry: isTarName(path) ? path : `files/${index}`, file, ...await fingerprintFile(file) };
    }));
    const decisive = await decisiveOutside(source, planned);
    const bundle: BundleManifest = {
      schema: BUNDLE_SCHEMA,
      run_id: summary.run_id,
      name: summary.name,
      status: summary.status,
      limit: origin.limit ?? null,
      ...decisive,
      files: files.map(({ path, entry, sha256, size }) => ({ path, entry, sha256, size })),
      inputs,
      components: await ownComponents(planned.plan, registry),
      effects,
      stages: digestsOf(summary, "stage", ({ name }) => name),
      exports: digestsOf(summary, "export", ({ path }) => path),
    };
    await writeBundle(options.file, bundle, files);
    return await reportOf(options.file, bundle);
  } finally {
    await rm(effectsFile, { force: true });
  }
}

interface Draft {
  readonly path: string;
  readonly file: string;
}

async function writeBundle(
  target: string,
  bundle: BundleManifest,
  files: readonly { readonly entry: string; readonly file: string; readonly size: number }[],
): Promise<void> {
  const text = formatBundle(bundle);
  const all: readonly ArchivedFile[] = [
    { entry: BUNDLE_FILE, size: Buffer.byteLength(text), from: { text } },
    ...files.map(({ entry, file, size }) => ({ entry, size, from: { file } })),
  ];
  await writeArchive(target, all);
}

async function reportOf(
  file: string,
  { run_id, effects, inputs, components, env, texts }: BundleManifest,
): Promise<BundleReport> {
  return {
    file: resolve(file),
    run_id,
    ...await fingerprintFile(file),
    effects,
    inputs: inputs.length,
    components: components.map(({ kind, name }) => `${kind} ${name}`),
    env: Object.keys(env),
    texts: Object.keys(texts),
  };
}

async function checkWhole(runDir: string): Promise<void> {
  const { problems: [problem] } = await verifyRun(runDir);
  if (problem === undefined) return;
  const message = `Cannot bundle ${runDir}: ${problem.file}: ${problem.problem}`;
  throw new FastDistillError("data.digest_mismatch", message, { hint: "See fastdistill verify" });
}

/** What a run that failed on the way or for lack of money left behind cannot be had again without asking somebody. */
function checkRebuildable({ run_id, partial, origin, steps, files }: RunSummary): RunOrigin {
  const refuse = (reason: string, hint: string) => {
    throw new FastDistillError("run.incomplete", `Cannot bundle ${run_id}: ${reason}`, { hint });
  };
  if (partial) refuse("it was cut short", "Run the pipeline again: it goes on where it stopped");
  const unanswered = steps.flatMap(({ step, failed, kept_failed = {} }) =>
    Object.keys({ ...failed, ...kept_failed }).filter((code) => code.startsWith("provider.")).map((code) =>
      `${step}: ${code}`
    )
  );
  if (unanswered.length > 0) {
    refuse(
      `calls failed, and left no record (${unanswered.join(", ")})`,
      "Run the pipeline again, until all calls are answered",
    );
  }
  const outside = files.find(({ role, path }) => role === "export" && isAbsolute(path));
  if (outside !== undefined) {
    refuse(`it wrote ${outside.path}, outside of its folder`, "Let the step write to a relative path");
  }
  if (origin?.inputs_cut === true) refuse("it read more than 10,000 files", "Bundle runs of fewer files");
  if (origin === undefined) {
    refuse(
      "an earlier release made it, and did not note its inputs",
      "Run the pipeline again: what is answered is reused",
    );
  }
  return origin!;
}

function otherRun({ run_id }: RunSummary, found: string): FastDistillError {
  const message = `Cannot bundle ${run_id}: its pipeline would run as ${found} now`;
  return new FastDistillError("data.digest_mismatch", message, {
    hint: "A component, a variable of the environment or an input changed since; run the pipeline again",
  });
}

type PlacedInput = BundleManifest["inputs"][number];

/** Gives each input a path in the bundle: its own where it stays inside of the folder, one beside it otherwise. */
async function placeInputs(inputs: readonly RunInput[], baseDir: string): Promise<readonly PlacedInput[]> {
  const placed: PlacedInput[] = [];
  const taken = new Set<string>();
  for (const [index, { name, sha256, size }] of inputs.entries()) {
    const file = pathOf(name, baseDir);
    if (!await pathExists(file)) {
      throw new FastDistillError(
        "data.file_not_found",
        `Cannot bundle the input ${name}: it is not at ${file}`,
        {
          hint:
            "Name the folder in which the pipeline's paths start with --base-dir, or leave inputs out with --no-inputs",
        },
      );
    }
    const found = await fingerprintFile(file);
    if (found.sha256 !== sha256) {
      throw new FastDistillError(
        "data.digest_mismatch",
        `Cannot bundle the input ${name}: it was changed since the run`,
        {
          context: { expected: sha256, found: found.sha256 },
        },
      );
    }
    const inside = name.replace(/^(?:\.\/)+/, "");
    const isInside = isSafePath(inside) && !isAbsolute(name) && inside.length < 500 &&
      !taken.has(inside.toLowerCase());
    taken.add(inside.toLowerCase());
    placed.push({ name, sha256, size, path: isInside ? `inputs/${inside}` : `elsewhere/${index}` });
  }
  return placed;
}

function pathOf(name: string, baseDir: string): string {
  return isAbsolute(name) ? name : resolve(baseDir, name);
}

/** The effects that a run obtained, as its lineage lists them. */
async function* effectsOf(summary: RunSummary, store: EffectStore): AsyncGenerator<EffectRecord> {
  const keys = new Set(await Array.fromAsync(effectKeysOfRun(summary)));
  for (const key of [...keys].sort()) {
    const record = await store.get(key);
    if (record !== undefined) yield record;
    else {
      throw new FastDistillError(
        "store.missing_effect",
        `The effect ${key} of the run ${summary.run_id} is in the store no more`,
        {
          hint: "Run the pipeline again, or bring the effects back with fastdistill cache import",
        },
      );
    }
  }
}

function digestsOf(
  { files }: RunSummary,
  role: "stage" | "export",
  nameOf: (file: RunSummary["files"][number]) => string,
): BundleManifest["stages"] {
  return files.filter((file) => file.role === role && !isAbsolute(file.path)).map((file) => ({
    name: nameOf(file),
    sha256: file.sha256!,
  }));
}
