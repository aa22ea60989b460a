/**
 * Gives the property tests of a run the same inputs every time, so that a run can be repeated. A test that asks for a seed
 * of its own keeps it. Without this module (`deno test -A path/to/x_test.ts`) they try new inputs each time and print the
 * seed of a failure.
 *
 * @module
 */
import fc from "fast-check";

fc.configureGlobal({ seed: 20_260_101 });
