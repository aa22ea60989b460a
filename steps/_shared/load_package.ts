import { FastDistillError } from "@fastdistill/core/authoring";

/**
 * Loads a package that not every installation has.
 *
 * @param use what the package is needed for, such as `Read Parquet files`
 * @throws {FastDistillError} `registry.load_failed` that names the package and how to add it
 */
export async function loadPackage<T>(
  name: string,
  { use, load }: { readonly use: string; readonly load: () => Promise<T> },
): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new FastDistillError("registry.load_failed", `${use} needs the package ${name}`, {
      cause,
      hint: `Add it: npm install ${name}, or deno add npm:${name}`,
    });
  }
}
