import { FastDistillError, type Json } from "@fastdistill/core/authoring";
import type { ModulePool } from "@fastdistill/core/runtime";

/** What is asked of a helper process, and under which bounds. */
export interface HelperQuestion {
  /** Paths that the process may read. */
  readonly read: readonly string[];
  readonly request: object;
  readonly signal: AbortSignal;
}

/** Asks a process of the pool, and gives the text that it answers. @throws {FastDistillError} `step.failed` */
export async function askHelper(
  pool: ModulePool,
  { read, request, signal }: HelperQuestion,
): Promise<string> {
  const reply = await pool.use(read, (process) => process.request(request as Json, { signal }));
  if (reply.kind === "answer") return reply.value as string;
  const reason = "message" in reply ? reply.message : reply.kind.replaceAll("_", " ");
  throw new FastDistillError("step.failed", `A process that looks for near-duplicates failed: ${reason}`);
}
