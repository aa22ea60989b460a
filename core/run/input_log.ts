import type { InputFiles } from "../component/mod.ts";
import { isFastDistillError } from "../errors/mod.ts";
import type { RunInput, RunOrigin } from "../report/mod.ts";
import { inputFilesOf } from "../runtime/mod.ts";
import type { Plan } from "./plan.ts";

/** More input files than that are not listed in `run.json`. */
const INPUTS_MAX = 10_000;

/** Input files of a run, for its steps and providers, with a record of those that were used. */
export class InputLog {
  /** What steps and providers read by. */
  readonly files: InputFiles;
  readonly #plan: Plan;
  readonly #used: Map<string, Omit<RunInput, "name"> | undefined>;
  #isCut = false;

  /** The inputs that planning found are known already. */
  constructor(plan: Plan) {
    const { baseDir, movedInputs: moved } = plan.pipeline;
    this.#plan = plan;
    this.#used = new Map(plan.inputs.map(({ name, sha256, size }) => [name, { sha256, size }]));
    this.files = inputFilesOf(baseDir, { moved, onUse: (path, found) => this.#note(path, found) });
  }

  /** What the run was made from. Digests that nobody took are taken now; what is no file is left out. */
  origin = async (): Promise<RunOrigin> => {
    const { pipeline: { baseDir, movedInputs: moved }, limit } = this.#plan;
    const files = inputFilesOf(baseDir, { moved });
    const inputs: RunInput[] = [];
    for (const [name, known] of this.#used) {
      const found = known ?? await fingerprint(files, name);
      if (found !== undefined) inputs.push({ name, ...found });
    }
    inputs.sort((a, b) => a.name < b.name ? -1 : 1);
    return {
      base_dir: baseDir,
      ...(limit === undefined ? {} : { limit }),
      inputs,
      ...(this.#isCut ? { inputs_cut: true } : {}),
    };
  };

  #note(path: string, found: Omit<RunInput, "name"> | undefined): void {
    if (!this.#used.has(path) && this.#used.size >= INPUTS_MAX) this.#isCut = true;
    else if (found !== undefined || !this.#used.has(path)) this.#used.set(path, found);
  }
}

/** `undefined` for a folder, and for what is not there. */
async function fingerprint(files: InputFiles, name: string): Promise<Omit<RunInput, "name"> | undefined> {
  try {
    return await files.fingerprint(name);
  } catch (cause) {
    if (isFastDistillError(cause) && cause.code === "data.file_not_found") return undefined;
    throw cause;
  }
}
