import { jsYaml, schemaOf, type SchemaType } from "./_js_yaml.ts";

/** How a scalar of some tag is written. */
export type StyleVariant =
  | "lowercase"
  | "uppercase"
  | "camelcase"
  | "decimal"
  | "binary"
  | "octal"
  | "hexadecimal";

/** Options of {@linkcode stringify}. */
export type StringifyOptions = {
  /** Spaces for each level. @default {2} */
  indent?: number;
  /** Indent the items of a sequence below their key. @default {true} */
  arrayIndent?: boolean;
  /** Leave out what cannot be written (a function, a symbol) instead of throwing. @default {false} */
  skipInvalid?: boolean;
  /** Depth at which to change from block to flow style, or -1 for never. @default {-1} */
  flowLevel?: number;
  /** Style for each tag, such as `{ "!!int": "hexadecimal" }`. */
  styles?: Record<string, StyleVariant>;
  /** Which values plain text can stand for. @default {"default"} */
  schema?: SchemaType;
  /** Write keys in ASCII order, or in that of a function. @default {false} */
  sortKeys?: boolean | ((a: string, b: string) => number);
  /** Column at which long text is folded, or -1 for never. @default {80} */
  lineWidth?: number;
  /** Write an object that occurs twice as an anchor and references to it. @default {true} */
  useAnchors?: boolean;
  /** Quote what YAML 1.1 would take for a boolean, such as `yes`. @default {true} */
  compatMode?: boolean;
  /** Write flow collections without spaces. @default {false} */
  condenseFlow?: boolean;
};

/**
 * Writes a value as one YAML document that ends in a line break.
 *
 * @throws {TypeError} If the value holds what YAML cannot, such as a function, unless `skipInvalid` is set.
 */
export function stringify(data: unknown, options: StringifyOptions = {}): string {
  const { arrayIndent, useAnchors, compatMode, schema, ...same } = options;
  try {
    const text = jsYaml.dump(data, {
      ...same,
      noArrayIndent: arrayIndent === false,
      noRefs: useAnchors === false,
      noCompatMode: compatMode === false,
      schema: schemaOf(schema),
    });
    // js-yaml leaves an empty first line where the first key was skipped.
    return text.replace(/^\n/, "");
  } catch (error) {
    throw error instanceof jsYaml.YAMLException ? new TypeError(error.message) : error;
  }
}
