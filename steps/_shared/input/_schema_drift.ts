import { type Columns, type ColumnType, FastDistillError } from "@fastdistill/core/authoring";

/** The columns of one file. */
export interface FileColumns {
  readonly name: string;
  readonly columns: Columns;
}

/** What several files come to when they are read as one. */
export interface UnitedColumns {
  /** Every column of every file, in the order in which they first appear; one whose type changes is `any`. */
  readonly columns: Columns;
  /** How the files differ, a sentence each. */
  readonly drift: readonly string[];
}

const SHOWN_NAMES = 5;

/** Brings the columns of files together by name. */
export function uniteColumns(files: readonly FileColumns[]): UnitedColumns {
  const names = new Set(files.flatMap(({ columns }) => Object.keys(columns)));
  const united: Record<string, ColumnType> = {};
  const drift: string[] = [];
  for (const column of names) {
    const having = files.filter(({ columns }) => Object.hasOwn(columns, column));
    const byType = new Map<ColumnType, string[]>();
    for (const { name, columns } of having) {
      const type = columns[column]!;
      // Where nothing but null was seen, nothing is known.
      if (type !== "any") byType.set(type, [...byType.get(type) ?? [], name]);
    }
    united[column] = byType.size === 1 ? [...byType.keys()][0]! : "any";
    if (byType.size > 1) {
      const found = [...byType].map(([type, names]) => `${type} in ${shown(names)}`).join(", ");
      drift.push(`the column "${column}" changes its type: ${found}`);
    }
    const lacking = files.filter(({ columns }) => !Object.hasOwn(columns, column)).map(({ name }) => name);
    if (lacking.length > 0) {
      drift.push(
        `the column "${column}" of ${shown(having.map(({ name }) => name))} is missing in ${shown(lacking)}`,
      );
    }
  }
  return { columns: united, drift };
}

/** @throws {FastDistillError} `data.schema_drift` */
export function refuseDrift(drift: readonly string[]): void {
  if (drift.length === 0) return;
  throw new FastDistillError(
    "data.schema_drift",
    `Read files with the same columns, found that ${drift.join("; ")}`,
    {
      hint: "A column that is missing is read as null with on_drift: warn",
    },
  );
}

function shown(names: readonly string[]): string {
  const more = names.length > SHOWN_NAMES ? ` and ${names.length - SHOWN_NAMES} more` : "";
  return names.slice(0, SHOWN_NAMES).join(", ") + more;
}
