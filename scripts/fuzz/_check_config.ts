import { isFastDistillError, loadPipeline, planRun, type Registry } from "@fastdistill/core";
import { join } from "node:path";

/** How a file fared. */
export interface Verdict {
  /** `planned`, or the code of the error. */
  readonly outcome: string;
  /** What must not happen, where it did. */
  readonly problem?: string;
  readonly ms: number;
}

const PROTOTYPE_KEYS = Object.getOwnPropertyNames(Object.prototype).length;
const STACK = /\n\s+at .*:\d+:\d+|file:\/\/\//;

/** Checks a pipeline file with this text as `validate` does. It comes to a plan, or to an error that says where. */
export async function checkConfig(
  text: string,
  { folder, registry }: { readonly folder: string; readonly registry: Registry },
): Promise<Verdict> {
  const file = join(folder, "pipeline.yaml");
  await Deno.writeTextFile(file, text);
  const since = performance.now();
  const verdict = (outcome: string, problem?: string): Verdict => ({
    outcome,
    ms: performance.now() - since,
    ...(problem === undefined ? {} : { problem }),
  });
  const polluted = () =>
    Object.getOwnPropertyNames(Object.prototype).length !== PROTOTYPE_KEYS ||
    "polluted" in {};
  try {
    const pipeline = await loadPipeline({ file, readEnv: () => undefined });
    await planRun({ pipeline, registry });
  } catch (thrown) {
    if (!isFastDistillError(thrown)) {
      return verdict("crash", `threw ${thrown instanceof Error ? thrown.stack : thrown}`);
    }
    if (polluted()) return verdict(thrown.code, "a prototype was polluted");
    const all = [thrown, ...thrown.related];
    const bare = all.find(({ location }) => location === undefined);
    if (bare !== undefined) return verdict(thrown.code, `no location: ${bare.message}`);
    const stack = all.find(({ message, hint = "" }) => STACK.test(message) || STACK.test(hint));
    if (stack !== undefined) return verdict(thrown.code, `a stack trace: ${stack.message}`);
    if (thrown.code.startsWith("internal.")) return verdict(thrown.code, thrown.message);
    return verdict(thrown.code);
  }
  return verdict("planned", polluted() ? "a prototype was polluted" : undefined);
}
