import { spawn } from "node:child_process";
import process from "node:process";

/** How this program is run again. */
export interface RunSelfOptions {
  /** Variables besides those of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** Asks the other process to end, as Ctrl-C does. */
  readonly signal: AbortSignal;
}

/**
 * Runs this program again with its arguments, and so with the code that is there now, in a process that has its terminal, and
 * gives the exit code of that; `undefined` where it cannot be started. Under Deno this needs the permission to run programs.
 */
export async function runSelf({ env, signal }: RunSelfOptions): Promise<number | undefined> {
  const child = spawn(process.execPath, [...startOf(), ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  // Not child.kill(): of a process that it was used on, Deno does not say with which code it ended.
  const stop = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(child.pid, "SIGINT");
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await new Promise((resolve) => {
      child.once("error", () => resolve(undefined));
      child.once("exit", (code) => resolve(code ?? 1));
    });
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function startOf(): readonly string[] {
  const { Deno: deno } = globalThis as { readonly Deno?: { readonly mainModule: string } };
  return deno === undefined ? [...process.execArgv, process.argv[1]!] : ["run", "-A", deno.mainModule];
}
