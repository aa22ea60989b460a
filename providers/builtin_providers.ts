/** Names of the built-in providers, without their code. @module */
import type { RegistryEntry } from "@fastdistill/core/authoring";

/** The built-in providers, for a `Registry`. Nothing is loaded until a name is used. */
export const builtinProviders: readonly RegistryEntry[] = [
  {
    kind: "provider",
    name: "openai_compatible",
    summary: "Asks any endpoint with an OpenAI-style API: OpenAI, vLLM, Ollama, llama.cpp, Azure, OpenRouter",
    origin: "built-in",
    load: async () => (await import("./openai_compatible/openai_compatible.ts")).default,
  },
  {
    kind: "provider",
    name: "replay",
    summary: "Answers from a recording of an earlier run, without network or keys",
    origin: "built-in",
    load: async () => (await import("./replay/replay.ts")).default,
  },
];
