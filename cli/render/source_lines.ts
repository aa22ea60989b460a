import { type FastDistillError, isSecretKey, REDACTED, redactText } from "@fastdistill/core/errors";
import { readTextFile } from "@fastdistill/core/runtime";

/** The lines of the files that errors point into, by the file's name in the error. */
export type SourceLines = ReadonlyMap<string, readonly string[]>;

const BYTES_MAX = 5 * 1024 * 1024;
// `key: value` of YAML, also inside braces; the value ends where another key or the line does.
const KEYED_VALUE = /(["']?)([\w-]+)\1(\s*:\s*)(?!\$\{env:)([^\s,{}[\]][^,{}[\]]*)/g;

/** Reads the files that an error and those related to it point into. One that cannot be read is left out. */
export async function readSourceLines(error: FastDistillError): Promise<SourceLines> {
  const files = new Set(filesOf(error));
  const read = await Promise.all([...files].map(async (file) => {
    const text = await readTextFile(file, BYTES_MAX).catch(() => undefined);
    return text === undefined ? [] : [[file, text.split(/\r?\n/).map(withoutSecrets)] as const];
  }));
  return new Map(read.flat());
}

function filesOf({ location, related }: FastDistillError): readonly string[] {
  const own = location?.line === undefined ? [] : [location.file];
  return [...own, ...related.flatMap(filesOf)];
}

/** A line of a configuration file as it may be shown. */
export function withoutSecrets(line: string): string {
  return redactText(line).replace(
    KEYED_VALUE,
    (all, quote: string, key: string, colon: string) =>
      isSecretKey(key) ? `${quote}${key}${quote}${colon}${REDACTED}` : all,
  );
}
