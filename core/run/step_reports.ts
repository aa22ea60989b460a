import { pathInRun, type RunLayout } from "../artifact/mod.ts";
import type { OutputFile, OutputFiles } from "../component/mod.ts";
import type { RunFile } from "../report/mod.ts";
import { outputFilesOf } from "../runtime/mod.ts";

/** Who writes reports, and who is told. */
export interface StepReportsOptions {
  readonly step: string;
  readonly layout: RunLayout;
  /** Told of each report that appeared. Without it nothing is written. */
  readonly onReport?: ((file: RunFile) => void) | undefined;
}

/** The reports folder of a run as a step sees it: what the step writes there is listed in `run.json`. */
export function stepReports({ step, layout, onReport }: StepReportsOptions): OutputFiles {
  if (onReport === undefined) return { create: () => Promise.resolve(NO_FILE) };
  const outputs = outputFilesOf(layout.reportsDir);
  return {
    create: async (path) => {
      const file = await outputs.create(path);
      return {
        write: (data) => file.write(data),
        finish: () => file.finish(),
        abort: () => file.abort(),
        commit: async (name) => {
          const written = await file.commit(name);
          const { path, sha256 } = written;
          onReport({ role: "report", name: step, path: pathInRun(layout, path), sha256 });
          return written;
        },
      };
    },
  };
}

/** Takes everything and keeps nothing. */
const NO_FILE: OutputFile = {
  write: () => {},
  finish: () => Promise.resolve(),
  commit: () => Promise.resolve({ path: "", sha256: "", size: 0 }),
  abort: () => Promise.resolve(),
};
