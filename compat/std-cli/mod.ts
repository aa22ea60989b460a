/**
 * Command line arguments with the API of the JSR package `@std/cli`, over npm `minimist`, which that package was ported from.
 *
 * @module
 */
export { type Args, parseArgs, type ParseOptions } from "./parse_args.ts";
