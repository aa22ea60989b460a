import { FastDistillError } from "@fastdistill/core/authoring";

/** Why a row makes no sample. `found` goes on from "Write a sample for fine-tuning, found ...". */
export function invalidSample(found: string, hint?: string): FastDistillError {
  return new FastDistillError("data.invalid_sample", `Write a sample for fine-tuning, found ${found}`, {
    hint: hint ?? "Mend or reject such rows before they are written, for instance with rule_filter",
  });
}
