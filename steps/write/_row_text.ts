import {
  type ColumnRequirement,
  type Columns,
  FastDistillError,
  type Row,
  templateCompiler,
  templateText,
} from "@fastdistill/core/authoring";
import { templateRequirements } from "../_shared/template_requirements.ts";
import { invalidSample } from "./_invalid_sample.ts";

const compileTemplate = await templateCompiler();

/** A text that is made of a row. */
export interface RowText {
  readonly requires: readonly ColumnRequirement[];
  readonly of: (row: Row) => string;
}

/** The text of a column, or of a template where the setting holds `{{`. */
export function columnOrTemplate(setting: string, key: string): RowText {
  if (!isTemplate(setting)) return columnText(setting, key);
  const template = compileTemplate(setting, { name: key });
  return { requires: templateRequirements(template, [key]), of: template.render };
}

/** The text itself, or that of a template where the setting holds `{{`. */
export function textOrTemplate(setting: string, key: string): RowText {
  return isTemplate(setting) ? columnOrTemplate(setting, key) : { requires: [], of: () => setting };
}

/** The text of a column. */
export function columnText(column: string, key: string): RowText {
  return { requires: [{ column, at: [key] }], of: (row) => templateText(row[column] ?? null) };
}

/** The text, which has to say something. */
export function filled(text: string, key: string): string {
  if (text.trim() !== "") return text;
  throw invalidSample(`an empty ${key}`);
}

/** Where a column is looked for that the configuration does not name. */
export interface ColumnSearch {
  /** Name of the component, for messages. */
  readonly use: string;
  readonly key: string;
  /** The best known first. */
  readonly candidates: readonly string[];
}

/** The first of the candidates that is a column. @throws {FastDistillError} `graph.missing_column` */
export function firstColumn(columns: Columns, { use, key, candidates }: ColumnSearch): string {
  const found = candidates.find((column) => Object.hasOwn(columns, column));
  if (found !== undefined) return found;
  throw new FastDistillError(
    "graph.missing_column",
    `${use} looks for a ${key}, and no column is named ${candidates.join(", ")}`,
    {
      hint: `Name the column with ${key}: <column>; there are ${
        Object.keys(columns).sort().join(", ") || "none"
      }`,
      context: { key },
    },
  );
}

function isTemplate(text: string): boolean {
  return text.includes("{{");
}
