/** Command line entry point. @module */
export {};
