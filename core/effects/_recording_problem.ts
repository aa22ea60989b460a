import { isJsonObject } from "../record/mod.ts";

/** What is wrong with the first line of a recording, format and version apart. */
export function headerProblem(header: Readonly<Record<string, unknown>>): string | undefined {
  const { models } = header;
  const isList = Array.isArray(models) && models.every((model) => typeof model === "string");
  return isList ? undefined : `"models" is not a list of names`;
}

/** What is wrong with a recorded sample; `undefined` when nothing is. */
export function sampleProblem(sample: unknown, at: number): string | undefined {
  const place = `sample ${at}`;
  if (!isJsonObject(sample)) return `${place} is not a JSON object`;
  const { index, content, model, finish_reason, usage } = sample;
  if (!isCount(index)) return `${place} has no whole "index"`;
  if (typeof content !== "string") return `${place} has no text "content"`;
  if (typeof model !== "string") return `${place} has no text "model"`;
  if (!isJsonObject(finish_reason) || typeof finish_reason.kind !== "string") {
    return `${place} has no "finish_reason" with a "kind"`;
  }
  const isCounted = isJsonObject(usage) && isCount(usage.input_tokens) && isCount(usage.output_tokens);
  return isCounted ? undefined : `${place} has no "usage" with whole input_tokens and output_tokens`;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
