/** Built-in providers. @module */
export { builtinProviders } from "./builtin_providers.ts";
