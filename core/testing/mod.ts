/** What tests of steps, tasks and providers need: harnesses, scripted models, contract suites. @module */
export {};
