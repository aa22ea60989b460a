/** Built-in steps and tasks. @module */
export { builtinSteps } from "./builtin_steps.ts";
