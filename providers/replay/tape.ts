import {
  didYouMean,
  FastDistillError,
  type InputFiles,
  parseRecording,
  type Recording,
} from "@fastdistill/core/authoring";
import type { ReplayConfig } from "./config.ts";

/** A recording that was read, with the model that answers from it. */
export interface Tape {
  readonly recording: Recording;
  readonly model: string;
  /** Digest and size of the file. */
  readonly sha256: string;
  readonly size: number;
}

/**
 * Reads a recording, line by line, and settles which of its models answers.
 * @throws {FastDistillError} `data.file_not_found`, `provider.recording_unreadable`, `config.invalid_value`
 */
export async function loadTape(config: ReplayConfig, files: InputFiles): Promise<Tape> {
  const { sha256, size } = await files.fingerprint(config.recording);
  const recording = await parseRecording(files.readLines(config.recording), files.resolve(config.recording));
  return { recording, model: chooseModel(config, recording), sha256, size };
}

function chooseModel({ model, recording: file }: ReplayConfig, { entries, header }: Recording): string {
  const asked = [...new Set([...entries.values()].map(({ request }) => request.model))].sort();
  const models = asked.length > 0 ? asked : header.models;
  const list = models.map((name) => `"${name}"`).join(", ");
  if (model !== undefined) {
    if (models.includes(model)) return model;
    throw new FastDistillError(
      "config.invalid_value",
      `The recording ${file} has no answers of the model "${model}"${didYouMean(model, models)}`,
      { hint: `Recorded models: ${list}`, context: { recording: file, models } },
    );
  }
  if (models.length === 1) return models[0]!;
  throw new FastDistillError(
    "config.invalid_value",
    models.length === 0
      ? `The recording ${file} has no answers of any model`
      : `The recording ${file} holds ${models.length} models, and none is chosen: ${list}`,
    {
      hint: models.length === 0 ? undefined : "Set model to one of them",
      context: { recording: file, models },
    },
  );
}
