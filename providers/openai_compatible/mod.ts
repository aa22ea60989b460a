/** Chat completions over OpenAI's protocol. @module */
export { default } from "./openai_compatible.ts";
export { type OpenAICompatibleConfig } from "./config.ts";
