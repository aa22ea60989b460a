import {
  addUsage,
  type ChatCall,
  type ChatChoice,
  type ChatCompletion,
  defineProvider,
  NO_USAGE,
  type ProviderComponent,
  type RecordedSample,
  requestKey,
} from "@fastdistill/core/authoring";
import { type ReplayConfig, replayConfig } from "./config.ts";
import { missingAnswer } from "./missing.ts";
import { loadTape, type Tape } from "./tape.ts";

/** Answers from a recording: no network, no key, the same every time. */
const replay: ProviderComponent = defineProvider<ReplayConfig>({
  name: "replay",
  version: 1,
  summary: "Answers from a recording of an earlier run, without network or keys",
  config: replayConfig,
  capabilities: ["chat"],
  inspect: async (config, { files }) => {
    const { sha256, size } = await loadTape(config, files);
    return { inputs: [{ name: config.recording, sha256, size }] };
  },
  open: async (config, { files }) => {
    const tape = await loadTape(config, files);
    return {
      adapter: "replay",
      endpoint: `recording:${tape.sha256}`,
      model: tape.model,
      capabilities: ["chat"],
      // deno-lint-ignore require-await -- so that what it throws is a rejection
      chat: async (call) => chat(tape, call, { file: config.recording }),
    };
  },
});

/** Answers the wanted samples up to the first that is not recorded. */
function chat(tape: Tape, call: ChatCall, { file }: { readonly file: string }): ChatCompletion {
  const { request, sampleIndexes, signal } = call;
  if (sampleIndexes.length === 0) throw new RangeError("Cannot ask for no samples: sampleIndexes is empty");
  signal.throwIfAborted();
  const key = requestKey(request);
  const recorded = tape.recording.entries.get(key)?.samples ?? [];
  const found: RecordedSample[] = [];
  for (const sampleIndex of sampleIndexes) {
    const sample = recorded.find(({ index }) => index === sampleIndex);
    if (sample === undefined) break;
    found.push(sample);
  }
  const first = found[0];
  if (first === undefined) throw missingAnswer(tape, { file, key, request, sampleIndex: sampleIndexes[0]! });
  return {
    choices: found.map(choiceOf),
    usage: found.map(({ usage }) => usage).reduce(addUsage, NO_USAGE),
    model: first.model,
  };
}

function choiceOf({ content, reasoning, tool_calls, finish_reason, logprobs }: RecordedSample): ChatChoice {
  return {
    content,
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(tool_calls === undefined ? {} : { tool_calls }),
    finish_reason,
    ...(logprobs === undefined ? {} : { logprobs }),
  };
}

export default replay;
