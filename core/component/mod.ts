/** What every component states, whatever its kind: configuration schema, inputs, name. @module */
export {
  checkConfig,
  type ConfigSchema,
  issuePath,
  type SchemaIssue,
  type SchemaResult,
} from "./config_schema.ts";
export { type ByteRange, type InputFiles, type OutputFile, type OutputFiles } from "./files.ts";
export {
  type InputFingerprint,
  type InspectContext,
  type Inspection,
  type InspectionWarning,
} from "./inspection.ts";
export {
  type ComponentNotes,
  type PluginOrigin,
  type PluginPermissions,
  type Stability,
} from "./plugin_facts.ts";
export { checkComponentName } from "./name.ts";
