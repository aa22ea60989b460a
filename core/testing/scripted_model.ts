import {
  addUsage,
  type ChatCall,
  type ChatChoice,
  type ChatCompletion,
  type ChatRequest,
  defineProvider,
  NO_USAGE,
  type Provider,
  type ProviderComponent,
  type Usage,
} from "../provider/mod.ts";
import { playScript, type Script, type ScriptedChoice } from "./script.ts";

/** What a scripted model is asked. */
export interface ScriptedQuestion {
  /** The whole request. */
  readonly request: ChatRequest;
  /** Text of the last message. */
  readonly text: string;
  /** Position among the samples of the request, from 0. */
  readonly sampleIndex: number;
}

/** How a scripted model behaves. */
export interface ScriptedModelOptions {
  /** What it says. */
  readonly answers: Script<ScriptedQuestion>;
  /** Name of the provider component. @default {"scripted"} */
  readonly name?: string;
  /** The model's name and version string. @default {"scripted-model"} */
  readonly model?: string;
  /** Tokens of each answer that states none of its own. @default {10 in, 5 out} */
  readonly usage?: Usage;
}

/** A provider double with a script. */
export interface ScriptedModel {
  /** To be asked directly. */
  readonly provider: Provider;
  /** To be used in a pipeline. */
  readonly component: ProviderComponent;
  /** Every call so far, in the order of asking. */
  readonly calls: readonly ChatCall[];
}

const USAGE: Usage = { input_tokens: 10, output_tokens: 5 };

/**
 * A test double of a provider: answers from a script and keeps every call. An error in the script is thrown as the
 * endpoint's own, so that retries and failures can be tested.
 *
 * @example
 * ```ts
 * import { scriptedModel } from "@fastdistill/core/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const model = scriptedModel({ answers: ({ text }) => text.toUpperCase() });
 * const completion = await model.provider.chat!({
 *   request: { model: "scripted-model", messages: [{ role: "user", content: "hello" }], decode: {} },
 *   sampleIndexes: [0],
 *   signal: new AbortController().signal,
 * });
 * assertEquals(completion.choices[0]?.content, "HELLO");
 * assertEquals(model.calls.length, 1);
 * ```
 */
export function scriptedModel(options: ScriptedModelOptions): ScriptedModel {
  const { name = "scripted", model = "scripted-model" } = options;
  const answer = playScript(options.answers);
  const calls: ChatCall[] = [];
  const provider: Provider = {
    adapter: name,
    endpoint: `${name}://script`,
    model,
    capabilities: ["chat"],
    chat: async (call) => {
      call.signal.throwIfAborted();
      calls.push(call);
      const { request } = call;
      const text = textOf(request);
      const choices: ScriptedChoice[] = [];
      for (const sampleIndex of call.sampleIndexes) {
        const played = await answer({ request, text, sampleIndex });
        if (played instanceof Error) throw played;
        choices.push(played);
      }
      return completionOf(choices, options);
    },
  };
  const component = defineProvider({
    name,
    version: 1,
    summary: "Answers from a script",
    config: ANY_CONFIG,
    capabilities: ["chat"],
    open: () => provider,
  });
  return { provider, component, calls };
}

/** Takes any configuration: a script needs none. */
const ANY_CONFIG = {
  "~standard": { version: 1, vendor: "fastdistill", validate: (value: unknown) => ({ value }) },
} as const;

function textOf({ messages }: ChatRequest): string {
  const content = messages.at(-1)?.content ?? "";
  if (typeof content === "string") return content;
  return content.map((part) => part.type === "text" ? part.text : "").join("");
}

function completionOf(
  choices: readonly ScriptedChoice[],
  { model = "scripted-model", usage = USAGE }: ScriptedModelOptions,
): ChatCompletion {
  return {
    choices: choices.map(choiceOf),
    usage: choices.map((choice) => choice.usage ?? usage).reduce(addUsage, NO_USAGE),
    model: choices[0]?.model ?? model,
  };
}

/** A scripted answer as a whole one: it stopped by itself unless it says otherwise. */
export function choiceOf({ model: _model, usage: _usage, ...choice }: ScriptedChoice): ChatChoice {
  return { content: "", finish_reason: { kind: "stop", raw: "stop" }, ...choice };
}
