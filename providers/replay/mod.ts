/** Answers from a recording. @module */
export { default } from "./replay.ts";
export { type ReplayConfig } from "./config.ts";
