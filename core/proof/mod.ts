/** Proof of runs: bundles that rebuild them, lineage of their rows, differences between them. @module */
export { type BundleOptions, type BundleReport, bundleRun } from "./bundle_run.ts";
export {
  reproduceBundle,
  type ReproducedFile,
  type ReproduceOptions,
  type ReproduceReport,
} from "./reproduce_bundle.ts";
