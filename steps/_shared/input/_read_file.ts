import { ColumnCollector, type Columns } from "@fastdistill/core/authoring";
import { arrowBatches, arrowColumns } from "./_arrow_rows.ts";
import { csvBatches, csvColumns } from "./_csv_records.ts";
import type { InputFile, ReadOptions, RowBatches } from "./_input_file.ts";
import { jsonDocumentBatches } from "./_json_document.ts";
import { jsonLineBatches } from "./_json_lines.ts";
import { parquetBatches, parquetColumns } from "./_parquet_rows.ts";

/** The rows of a file, whatever its format. */
export function rowBatches(file: InputFile, options: ReadOptions): RowBatches {
  switch (file.format) {
    case "jsonl":
      return jsonLineBatches(file, options);
    case "json":
      return jsonDocumentBatches(file, options);
    case "csv":
      return csvBatches(file, options);
    case "parquet":
      return parquetBatches(file, options);
    case "arrow":
      return arrowBatches(file, options);
  }
}

/** The columns of a file: by its own word where the format has one, else those of its first rows. */
export async function columnsOf(file: InputFile, options: ReadOptions, rowsMax: number): Promise<Columns> {
  if (file.format === "parquet") return await parquetColumns(file, options);
  if (file.format === "arrow") return await arrowColumns(file, options);
  if (file.format === "csv") return await csvColumns(file, options);
  const collector = new ColumnCollector();
  let count = 0;
  for await (const rows of rowBatches(file, options)) {
    for (const row of rows) {
      collector.add(row);
      if (++count === rowsMax) return collector.columns();
    }
  }
  return collector.columns();
}
