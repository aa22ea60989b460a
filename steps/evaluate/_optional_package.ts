import { FastDistillError } from "@fastdistill/core/authoring";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** A package that only some steps need. */
export interface OptionalPackage {
  readonly name: string;
  /** Name with the range of versions, for where no import map knows the name alone. */
  readonly specifier: string;
  /** The component that needs it, for the message. */
  readonly neededBy: string;
  /** Loads it, which also fetches it where that is done on first use. */
  readonly load: () => Promise<unknown>;
}

/**
 * Absolute path of the folder of an installed package.
 * @throws {FastDistillError} `registry.load_failed` when it is not installed
 */
export async function packageFolder(wanted: OptionalPackage): Promise<string> {
  try {
    return await findFolder(wanted) ??
      await wanted.load().then(() => dirname(fileURLToPath(resolve(wanted))));
  } catch (cause) {
    throw new FastDistillError(
      "registry.load_failed",
      `${wanted.neededBy} needs the package ${wanted.name}`,
      { cause, hint: `Add it: npm install ${wanted.name}, or deno add npm:${wanted.name}` },
    );
  }
}

async function findFolder(wanted: OptionalPackage): Promise<string | undefined> {
  try {
    const main = fileURLToPath(resolve(wanted));
    await stat(main);
    return dirname(main);
  } catch {
    return undefined;
  }
}

function resolve({ name, specifier }: OptionalPackage): string {
  try {
    return import.meta.resolve(name);
  } catch {
    return import.meta.resolve(specifier);
  }
}
