/** The platform: files, environment, clock, random numbers. The only folder that may name one. @module */
export { AsyncScope } from "./async_scope.ts";
export { type Clock, soon, systemClock } from "./clock.ts";
export {
  createFile,
  fingerprintFile,
  type InputFileOptions,
  inputFilesOf,
  isWithin,
  joinPath,
  makeFolder,
  type OutputFileOptions,
  outputFilesOf,
  pathExists,
  readBytes,
  readLines,
  readSmallFile,
  readTextFile,
  writeTextFile,
} from "./files.ts";
export { lineBatches } from "./line_batches.ts";
export { isFilePattern } from "./list_files.ts";
export { ModulePool, type ModulePoolOptions } from "./module_pool.ts";
export {
  type ModuleProcess,
  type ModuleProcessOptions,
  type ModuleReply,
  type ModuleRequestOptions,
  startModuleProcess,
} from "./module_process.ts";
export {
  askOnTerminal,
  commandLineArguments,
  currentDirectory,
  environmentNames,
  exitProcess,
  flushOutput,
  freeBytes,
  onInterrupt,
  processorCount,
  processorMs,
  readEnv,
  runtimeVersion,
  standardError,
  standardOutput,
  type Terminal,
  totalMemory,
} from "./platform.ts";
export { type DenoProgram, findDenos } from "./find_denos.ts";
export {
  filesOf,
  linksOf,
  type ProgramOptions,
  type ProgramResult,
  realPathOf,
  runProgram,
  type WalkOptions,
} from "./programs.ts";
export {
  type AccessCheck,
  askSandboxSync,
  type SandboxAccess,
  type SandboxCommandOptions,
  type SandboxEnd,
  type SandboxLimits,
  type SandboxProcess,
  type SandboxProcessOptions,
  startSandboxProcess,
} from "./sandbox_process.ts";
export { runSelf, type RunSelfOptions } from "./run_self.ts";
export { type FileWatch, watchFiles } from "./watch_files.ts";
export { type RandomStream, seededRandom, systemRandom } from "./random.ts";
export { errorCodeOf } from "./system_error.ts";
