import { join } from "node:path";
import { FastDistillError } from "../errors/mod.ts";
import { isJsonObject, type Json, type JsonObject } from "../record/mod.ts";
import { readTextFile } from "../runtime/mod.ts";
import { parseYaml } from "../config/mod.ts";

/** Where the pipeline of a run folder is. */
export function pipelineOfRun(runDir: string): string {
  return join(runDir, "pipeline.yaml");
}

/** The configuration that a run wrote down, before placeholders were replaced. @throws {FastDistillError} `data.*` */
export async function readPipelineOfRun(runDir: string): Promise<JsonObject> {
  const path = pipelineOfRun(runDir);
  return parsePipeline(await readTextFile(path), path);
}

/** A configuration of such a text. @throws {FastDistillError} `data.malformed` */
export function parsePipeline(text: string, path: string): JsonObject {
  const value = parseYaml(text) as Json;
  if (isJsonObject(value)) return value;
  throw new FastDistillError("data.malformed", `Read a pipeline in ${path}, found what is none`);
}
