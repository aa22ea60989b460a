/** A place in YAML text. */
export interface YamlPosition {
  /** Line number, from 1. */
  readonly line: number;
  /** Column number, from 1. */
  readonly column: number;
  /** Offset in UTF-16 code units, from 0. */
  readonly offset: number;
}

/** YAML text that cannot be parsed; the message ends in the place and the line in question. */
export class YamlSyntaxError extends SyntaxError implements YamlPosition {
  /** Line number, from 1. */
  readonly line: number;
  /** Column number, from 1. */
  readonly column: number;
  /** Offset in UTF-16 code units, from 0. */
  readonly offset: number;
  /** The source line with a caret below the place, absent for empty text. */
  readonly snippet?: string;

  /** Builds the message `<message> at line <line>, column <column>:` and the snippet below it. */
  constructor(message: string, position: YamlPosition, snippet?: string) {
    const place = `${message} at line ${position.line}, column ${position.column}`;
    super(snippet ? `${place}:\n${snippet}` : place);
    this.name = "YamlSyntaxError";
    this.line = position.line;
    this.column = position.column;
    this.offset = position.offset;
    if (snippet !== undefined) this.snippet = snippet;
  }
}
