import { defineProvider, type ProviderComponent } from "@fastdistill/core/authoring";
import { chat } from "./chat.ts";
import { checkEndpoint } from "./check_endpoint.ts";
import { embed, rerank } from "./embed.ts";
import { type OpenAICompatibleConfig, openAICompatibleConfig } from "./config.ts";
import { connectionOf } from "./connection.ts";

/** Chat completions, embeddings and reranking of any endpoint that speaks OpenAI's protocol. */
const openAICompatible: ProviderComponent = defineProvider<OpenAICompatibleConfig>({
  name: "openai_compatible",
  version: 1,
  summary: "Asks any endpoint with an OpenAI-style API: OpenAI, vLLM, Ollama, llama.cpp, Azure, OpenRouter",
  config: openAICompatibleConfig,
  capabilities: ["chat", "embedding", "rerank"],
  open: (config, setup) => {
    const connection = connectionOf(config, setup);
    return {
      adapter: "openai_compatible",
      endpoint: connection.endpoint,
      account: connection.account,
      model: connection.model,
      capabilities: ["chat", "embedding", "rerank"],
      check: (signal) => checkEndpoint(connection, signal),
      chat: (call) => chat(connection, call),
      embed: (call) => embed(connection, call),
      rerank: (call) => rerank(connection, call),
      batchMax: { inputs: config.max_inputs, tokens: config.max_input_tokens },
    };
  },
});

export default openAICompatible;
