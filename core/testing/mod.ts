/** What tests of steps, tasks and providers need: harnesses, scripted models, contract suites. @module */
export {
  type HangingProvider,
  type ProviderFailureCase,
  type ProviderSuiteOptions,
  type ProviderUnderTest,
  testProvider,
} from "./provider_suite.ts";
