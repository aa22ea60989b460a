import { join, relative, resolve, sep } from "node:path";

/** Where the files of one run are. All paths are absolute. */
export interface RunLayout {
  /** Id of the run, the name of its folder. */
  readonly runId: string;
  /** The run folder. */
  readonly dir: string;
  /** Summary of the run and digest of each of its files. */
  readonly runJson: string;
  /** The configuration, before variables were replaced. */
  readonly pipelineYaml: string;
  /** How the run was started; there is none of one that was started in code. */
  readonly invocation: string;
  /** Holds a folder for each stage. */
  readonly stagesDir: string;
  /** Holds `quality.json`, `timing.json`, `cost.json`. */
  readonly reportsDir: string;
  /** Where sinks write. */
  readonly exportsDir: string;
  /** Holds a file for each step in which rows ended. */
  readonly ledgerDir: string;
  /** Holds where rows come from: `effects/`, `made/`, `joins/` by step, `stages/` by stage. */
  readonly lineageDir: string;
  /** Signatures of the run; there is none until it is signed. */
  readonly signatures: string;
  /** JSON lines: failed rows, with the reason. */
  readonly failures: string;
  /** JSON lines: what happened, in the order in which it did. */
  readonly events: string;
  /** Holds a file for each source that left input out. */
  readonly quarantineDir: string;
  /** What a source could not read. @throws {RangeError} for a name that no file can have */
  readonly quarantineFile: (step: string) => string;
  /** The folder of a stage. @throws {RangeError} for a name that no file can have */
  readonly stageDir: (stage: string) => string;
  /** The manifest of a stage. @throws {RangeError} for a name that no file can have */
  readonly stageManifest: (stage: string) => string;
  /** The ledger file of a step. @throws {RangeError} for a name that no file can have */
  readonly ledgerFile: (step: string) => string;
}

/** File names that stand for devices on Windows, whatever their ending. */
const DEVICE_NAME = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
// deno-lint-ignore no-control-regex -- control characters are what is meant
const NOT_IN_FILE_NAMES = /[/\\:*?"<>|\x00-\x1f]/;
const NAME_CHARS_MAX = 100;

/**
 * The paths of a run's files: `<runsDir>/<runId>/{run.json, pipeline.yaml, invocation.json, stages/<stage>/{manifest.json,
 * part-00000.jsonl}, reports/*.json, exports/, ledger/<step>.jsonl, lineage/, failures.jsonl, events.jsonl}`.
 *
 * @throws {RangeError} for a run id that no folder can have
 *
 * @example
 * ```ts
 * import { runLayout } from "@fastdistill/core";
 * import { assert } from "@std/assert";
 *
 * assert(runLayout("runs", "ab12").stageManifest("distilled").endsWith("manifest.json"));
 * ```
 */
export function runLayout(runsDir: string, runId: string): RunLayout {
  const dir = resolve(runsDir, fileNameOf(runId));
  const stagesDir = join(dir, "stages");
  const ledgerDir = join(dir, "ledger");
  const quarantineDir = join(dir, "quarantine");
  const stageDir = (stage: string) => join(stagesDir, fileNameOf(stage));
  return {
    runId,
    dir,
    runJson: join(dir, "run.json"),
    pipelineYaml: join(dir, "pipeline.yaml"),
    invocation: join(dir, "invocation.json"),
    stagesDir,
    reportsDir: join(dir, "reports"),
    exportsDir: join(dir, "exports"),
    ledgerDir,
    lineageDir: join(dir, "lineage"),
    signatures: join(dir, "signatures.json"),
    failures: join(dir, "failures.jsonl"),
    events: join(dir, "events.jsonl"),
    quarantineDir,
    quarantineFile: (step) => join(quarantineDir, `${fileNameOf(step)}.jsonl`),
    stageDir,
    stageManifest: (stage) => join(stageDir(stage), "manifest.json"),
    ledgerFile: (step) => join(ledgerDir, `${fileNameOf(step)}.jsonl`),
  };
}

/** The effect store that all runs of a folder share. */
export function effectStorePath(runsDir: string): string {
  return resolve(runsDir, "effects.sqlite");
}

/** Whether a file of a run is in an object store: it has an address and no path. */
export function isAddress(path: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//.test(path);
}

/** A path as a run's files name it: relative to the run folder with `/` between folders, absolute outside of it. */
export function pathInRun(layout: RunLayout, path: string): string {
  if (isAddress(path)) return path;
  const inside = relative(layout.dir, path);
  if (inside === ".." || inside.startsWith(`..${sep}`) || resolve(inside) === inside) return path;
  return inside.split(sep).join("/");
}

/** Whether a name stands for a file in its own folder, on every system. */
export function isFileName(name: string): boolean {
  return name !== "" && !name.startsWith(".") && !name.endsWith(".") && !name.endsWith(" ") &&
    name.length <= NAME_CHARS_MAX && !NOT_IN_FILE_NAMES.test(name) && !DEVICE_NAME.test(name);
}

function fileNameOf(name: string): string {
  if (isFileName(name)) return name;
  throw new RangeError(`A name of a run, stage or step must do as a file name: "${name}"`);
}
