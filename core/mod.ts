/** Placeholder until the first export lands. @module */
export {};
