// What the tests of this folder share: a pipeline from texts, and an error in one line.
import { dirname } from "node:path";
import { FastDistillError } from "../errors/mod.ts";
import { type LoadOptions, loadPipeline } from "./load_pipeline.ts";
import type { LoadedPipeline } from "./loaded_pipeline.ts";

/** The texts of a pipeline's files, and how they are loaded. */
export interface Texts extends Omit<Partial<LoadOptions>, "readEnv"> {
  readonly files: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
}

/** Loads `pipeline.yaml` of some texts from a folder that is gone afterwards. */
export async function loadTexts({ files, variables = {}, ...options }: Texts): Promise<LoadedPipeline> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(dirname(`${folder}/${name}`), { recursive: true });
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const inside = (path: string) => `${folder}/${path}`;
    return await loadPipeline({
      ...options,
      file: inside(options.file ?? "pipeline.yaml"),
      ...(options.run === undefined ? {} : { run: inside(options.run) }),
      readEnv: (name) => variables[name],
      envNames: Object.keys(variables),
    });
  } catch (error) {
    if (error instanceof FastDistillError) throw withoutFolder(error, folder);
    throw error;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function withoutFolder(error: FastDistillError, folder: string): FastDistillError {
  const short = (text: string) => text.replaceAll(`${folder}/`, "").replaceAll(folder, "");
  const { location } = error;
  return new FastDistillError(error.code, short(error.message), {
    ...(error.hint === undefined ? {} : { hint: short(error.hint) }),
    ...(location === undefined ? {} : { location: { ...location, file: short(location.file) } }),
    related: error.related.map((one) => withoutFolder(one, folder)),
  });
}

/** Every error of a load that fails, one line each: `code file:line:column path | message`. */
export async function errorLines(texts: Texts): Promise<readonly string[]> {
  const thrown = await loadTexts(texts).then(() => undefined, (error) => error);
  if (!(thrown instanceof FastDistillError)) throw thrown ?? new Error("Loaded without an error");
  return [thrown, ...thrown.related].map(lineOf);
}

/** An error in one line: `code file:line:column path | message`. */
export function lineOf({ code, message, location }: FastDistillError): string {
  const place = [location?.file, location?.line, location?.column].filter((part) => part !== undefined).join(
    ":",
  );
  return `${code} ${place}${location?.path === undefined ? "" : ` ${location.path}`} | ${message}`;
}
