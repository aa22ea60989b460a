/** Intervals, tests and figures of agreement that gates are judged by. Pure: no clock, no randomness of its own. @module */
export {
  type AlphaLevel,
  type AlphaOptions,
  categoriesOf,
  cohenKappa,
  fleissKappa,
  type KappaOptions,
  type KappaWeights,
  krippendorffAlpha,
  type Rating,
  type Ratings,
} from "./agreement.ts";
export { bootstrapInterval, type BootstrapOptions } from "./bootstrap.ts";
export { kendall, pearson, type Point, spearman } from "./correlation.ts";
export { binomialCdf, normalCdf, normalQuantile, studentCdf } from "./distributions.ts";
export { type Moments, pairedMeanTest, welchTest } from "./means.ts";
export {
  type Bounds,
  type PairedCounts,
  pairedProportionTest,
  type Share,
  type SignificanceTest,
  type TestResult,
  twoProportionTest,
  wilsonInterval,
} from "./proportions.ts";
export { countsOf, type Statistic, type Weighted, weightedMean, weightedQuantile } from "./weighted.ts";
