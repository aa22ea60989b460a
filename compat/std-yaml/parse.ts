import { jsYaml, schemaOf, type SchemaType, translated, translating } from "./_js_yaml.ts";
import { type YamlPosition, YamlSyntaxError } from "./yaml_syntax_error.ts";

export type { SchemaType };

/** Options of {@linkcode parse} and {@linkcode parseAll}. */
export interface ParseOptions {
  /** Which values plain text can stand for. @default {"default"} */
  schema?: SchemaType;
  /** Let a later key replace an earlier one instead of throwing. @default {false} */
  allowDuplicateKeys?: boolean;
  /** Called with each warning; without it warnings are dropped. */
  onWarning?(error: YamlSyntaxError): void;
}

/**
 * Parses one YAML document; text without one gives `null`. Safe for untrusted text: no tag can build code.
 *
 * @throws {YamlSyntaxError} If the text is not YAML, repeats a key, or holds more than one document.
 */
export function parse(content: string, options: ParseOptions = {}): unknown {
  return translating(() => jsYaml.load(content, loadOptions(options)), () => secondDocument(content)) ?? null;
}

/**
 * Parses every YAML document in the text, in order.
 *
 * @throws {YamlSyntaxError} If the text is not YAML or repeats a key.
 */
export function parseAll(content: string, options: ParseOptions = {}): unknown[] {
  return translating(() => jsYaml.loadAll(content, null, loadOptions(options)));
}

/** Where the marker of the second document is; js-yaml does not say. */
function secondDocument(content: string): YamlPosition {
  const markers = [...content.matchAll(/^---(?=\s|$)/gm)];
  const [first] = markers;
  const textBefore = first && /^[^#%\s]/m.test(content.slice(0, first.index));
  const offset = (textBefore ? first : markers[1])?.index ?? content.length;
  return { line: content.slice(0, offset).split("\n").length, column: 1, offset };
}

function loadOptions({ schema, allowDuplicateKeys = false, onWarning }: ParseOptions) {
  return {
    schema: schemaOf(schema),
    json: allowDuplicateKeys,
    onWarning: (warning: unknown) => {
      const error = translated(warning);
      if (error instanceof YamlSyntaxError) onWarning?.(error);
    },
  };
}
