import { defineProvider, type ProviderComponent } from "@fastdistill/core";
import { chat } from "./chat.ts";
import { type OpenAICompatibleConfig, openAICompatibleConfig } from "./config.ts";
import { connectionOf } from "./connection.ts";

/** Chat completions of any endpoint that speaks OpenAI's protocol. */
const openAICompatible: ProviderComponent = defineProvider<OpenAICompatibleConfig>({
  name: "openai_compatible",
  version: 1,
  summary: "Asks any endpoint with an OpenAI-style API: OpenAI, vLLM, Ollama, llama.cpp, Azure, OpenRouter",
  config: openAICompatibleConfig,
  capabilities: ["chat"],
  open: (config, setup) => {
    const connection = connectionOf(config, setup);
    return {
      adapter: "openai_compatible",
      endpoint: connection.endpoint,
      account: connection.account,
      model: connection.model,
      capabilities: ["chat"],
      chat: (call) => chat(connection, call),
    };
  },
});

export default openAICompatible;
