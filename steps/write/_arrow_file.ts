import type { DataType, Vector } from "apache-arrow";
import { loadPackage } from "../_shared/load_package.ts";
import type { Cell, CellType } from "./_cell_type.ts";
import type { ByteSink, RowEncoder } from "./_data_file.ts";
import { RowGroup, type RowGroupOptions } from "./_row_group.ts";
import type { TypedColumn } from "./_typed_schema.ts";

/** How an Arrow file is written. */
export interface ArrowOptions extends RowGroupOptions {
  /** A stream has no index at its end, and can be read from a pipe. */
  readonly isStream: boolean;
}

type Arrow = typeof import("apache-arrow");

/** Writes Arrow IPC, a record batch at a time. */
export async function arrowEncoder(sink: ByteSink, options: ArrowOptions): Promise<RowEncoder> {
  const arrow = await loadPackage("apache-arrow", {
    use: "Write Arrow files",
    load: () => import("apache-arrow"),
  });
  const ready: Uint8Array[] = [];
  class Collector extends arrow.AsyncByteQueue {
    override write(value: Uint8Array | ArrayBufferView): void {
      ready.push(new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength).slice());
    }
  }
  const writer = options.isStream ? new arrow.RecordBatchStreamWriter() : new arrow.RecordBatchFileWriter();
  const group = new RowGroup(options);
  const schema = new arrow.Schema(
    options.columns.map(({ name, type }) => new arrow.Field(name, typeOf(arrow, type), true)),
  );
  writer.reset(new Collector() as never, schema);
  const drain = async () => {
    for (const chunk of ready.splice(0)) await sink.write(chunk);
  };
  const writeGroup = async () => {
    const { rows } = group;
    const cells = group.take();
    if (rows > 0) {
      const children = options.columns.map((column, index) =>
        vectorOf(arrow, column, cells[index]!).data[0]!
      );
      const type = new arrow.Struct(schema.fields);
      writer.write(
        new arrow.RecordBatch(schema, arrow.makeData({ type, length: rows, nullCount: 0, children })),
      );
    }
    await drain();
  };
  return {
    write: (row) => {
      group.add(row);
      if (group.isFull) return writeGroup();
    },
    finish: async () => {
      await writeGroup();
      writer.finish();
      await drain();
    },
  };
}

function vectorOf(arrow: Arrow, { type }: TypedColumn, cells: readonly Cell[]): Vector {
  return arrow.vectorFromArray(cells.map((cell) => arrowCell(cell, type)), typeOf(arrow, type)) as Vector;
}

/** JSON has no type of its own in Arrow. */
function arrowCell(cell: Cell, type: CellType): unknown {
  if (cell === null || cell === undefined) return null;
  if (type.kind === "json") return JSON.stringify(cell);
  if (type.kind === "list") return (cell as readonly Cell[]).map((item) => arrowCell(item, type.item));
  if (type.kind !== "struct") return cell;
  const fields = cell as { readonly [name: string]: Cell };
  return Object.fromEntries([...type.fields].map(([name, inner]) => [name, arrowCell(fields[name], inner)]));
}

function typeOf(arrow: Arrow, type: CellType): DataType {
  switch (type.kind) {
    case "string":
    case "json":
      return new arrow.Utf8();
    case "float64":
      return new arrow.Float64();
    case "int64":
      return new arrow.Int64();
    case "int32":
      return new arrow.Int32();
    case "boolean":
      return new arrow.Bool();
    case "timestamp":
      return new arrow.TimestampMillisecond("UTC");
    case "date":
      return new arrow.DateDay();
    case "list":
      return new arrow.List(new arrow.Field("item", typeOf(arrow, type.item), true));
    case "struct":
      return new arrow.Struct(
        [...type.fields].map(([name, inner]) => new arrow.Field(name, typeOf(arrow, inner), true)),
      );
  }
}
