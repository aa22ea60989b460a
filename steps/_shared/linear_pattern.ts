import { FastDistillError } from "@fastdistill/core/authoring";

/** A regular expression that is matched in time linear in the text, whatever the expression. */
export interface LinearPattern {
  /** As it was written. */
  readonly source: string;
  /** Whether it matches somewhere in a text. */
  readonly test: (text: string) => boolean;
}

const PATTERN_CHARS_MAX = 1000;

/**
 * Loads the engine, RE2JS. Its syntax is RE2's: that of JavaScript without lookaround and backreferences. What it gives
 * compiles a pattern and throws a `SyntaxError` for one that is not of this syntax, or longer than 1,000 characters.
 */
export async function linearPatternCompiler(): Promise<(source: string) => LinearPattern> {
  const { RE2JS } = await import("re2js");
  return (source) => {
    if (source.length > PATTERN_CHARS_MAX) {
      throw new SyntaxError(`a pattern of ${source.length} characters, at most ${PATTERN_CHARS_MAX}`);
    }
    try {
      const pattern = RE2JS.compile(source);
      return { source, test: (text) => pattern.matcher(text).find() };
    } catch (cause) {
      throw new SyntaxError(cause instanceof Error ? cause.message : String(cause), { cause });
    }
  };
}

/**
 * Compiles the patterns of a configuration.
 * @throws {FastDistillError} `config.invalid_value`
 */
export async function compilePatterns(
  sources: readonly string[],
  { key }: { readonly key: string },
): Promise<readonly LinearPattern[]> {
  if (sources.length === 0) return [];
  const compile = await linearPatternCompiler();
  return sources.map((source) => {
    try {
      return compile(source);
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      throw new FastDistillError(
        "config.invalid_value",
        `Read the pattern ${JSON.stringify(source.slice(0, 80))} of ${key}, found ${cause.message}`,
        { cause, hint: "The syntax is RE2's: no lookaround, no backreferences" },
      );
    }
  });
}
