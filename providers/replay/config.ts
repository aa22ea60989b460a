import type { ConfigSchema } from "@fastdistill/core/authoring";
import { z } from "zod";

/** Configuration of the provider `replay`, with defaults filled in. */
export interface ReplayConfig {
  /** File, relative to the pipeline file. */
  readonly recording: string;
  /** Which of the recorded models answers; the only one when absent. */
  readonly model?: string | undefined;
  /** What becomes of a request that was never recorded. @default {"fail"} */
  readonly on_missing: "fail";
}

/** Schema of the provider's `with:`. */
export const replayConfig: ConfigSchema<ReplayConfig> = z.strictObject({
  recording: z.string().min(1).describe(
    "File that a provider's record option wrote, relative to the pipeline file",
  ),
  model: z.string().min(1).optional().describe(
    "Which of the recorded models answers; needed only when the recording holds several",
  ),
  on_missing: z.enum(["fail"]).default("fail").describe(
    "What happens to a request that was never recorded: it fails, and says what the nearest recorded one has otherwise",
  ),
});
