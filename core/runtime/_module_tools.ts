import { readFileSync } from "node:fs";
import process from "node:process";
import { compileFunction } from "node:vm";

/** What a module in a helper process is handed besides its request: it imports nothing of ours that names a platform. */
export interface ModuleTools {
  /**
   * Begins to measure, and says whether so many milliseconds are over: of time, and of time on the processor, so that
   * it does not depend on what else the machine is doing.
   */
  readonly timeLimit: (ms: number) => () => boolean;
  /** Loads a script of an installed package, which is no module. */
  readonly loadScript: (file: string, options: ScriptOptions) => unknown;
}

/** What a script sees, and what it leaves. */
export interface ScriptOptions {
  /** Names that stand for other things than usual in there; `undefined` hides one. */
  readonly names: Readonly<Record<string, unknown>>;
  /** Expression for what is wanted of it, such as a name that it declares. */
  readonly result: string;
}

/** Those of this thread. */
export const moduleTools: ModuleTools = {
  timeLimit: (ms) => {
    const [since, usedBefore] = [performance.now(), processorMs()];
    return () => performance.now() - since > ms && processorMs() - usedBefore > ms;
  },
  loadScript: (file, { names, result }) =>
    compileFunction(`${readFileSync(file, "utf8")}\nreturn ${result};`, Object.keys(names), {
      filename: file,
    })(
      ...Object.values(names),
    ),
};

/** Time on the processor that all threads of this process have had. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
