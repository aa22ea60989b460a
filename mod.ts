/**
 * FastDistill as a library: everything of core, and the built-in steps and providers.
 * @module
 */
