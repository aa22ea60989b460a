/** Built-in providers. @module */
export { builtinProviders } from "./builtin_providers.ts";
export { type OpenAICompatibleConfig } from "./openai_compatible/config.ts";
export { type ReplayConfig } from "./replay/config.ts";
