import { cellWidth, cutToCells, padCells } from "./cells.ts";

/** One column of a table. */
export interface Column<Item> {
  readonly title: string;
  readonly cell: (item: Item) => string;
  /** Numbers stand right. @default {"left"} */
  readonly align?: "left" | "right";
  /** Where room is short, the column with the highest goes first; 0 stays. @default {0} */
  readonly dropOrder?: number;
  /** The column that gives way when all others are as narrow as they get. @default {false} */
  readonly isFlexible?: boolean;
}

const GAP = "  ";
const FLEXIBLE_MIN = 8;

interface Measured<Item> extends Column<Item> {
  readonly cells: readonly string[];
  readonly width: number;
}

/** Lines of a table, a heading first, none wider than `width` cells: columns are dropped, then a text is cut. */
export function renderTable<Item>(
  items: readonly Item[],
  columns: readonly Column<Item>[],
  width: number,
): readonly string[] {
  const measured = fit(columns.map((column) => measure(column, items)), width);
  const line = (textOf: (column: Measured<Item>) => string) => {
    const texts = measured.map((column) =>
      padCells(
        cutToCells(textOf(column), column.width),
        column.width,
        column.align === "right" ? "left" : "right",
      )
    );
    return cutToCells(texts.join(GAP).trimEnd(), width);
  };
  return [line(({ title }) => title), ...items.map((_, row) => line(({ cells }) => cells[row]!))];
}

function measure<Item>(column: Column<Item>, items: readonly Item[]): Measured<Item> {
  const cells = items.map(column.cell);
  return { ...column, cells, width: Math.max(cellWidth(column.title), ...cells.map(cellWidth)) };
}

function fit<Item>(columns: readonly Measured<Item>[], width: number): readonly Measured<Item>[] {
  const over = columns.reduce((sum, column) => sum + column.width + GAP.length, -GAP.length) - width;
  if (over <= 0) return columns;
  const flexible = columns.find(({ isFlexible }) => isFlexible);
  const spare = flexible === undefined ? 0 : Math.max(0, flexible.width - FLEXIBLE_MIN);
  if (spare >= over) {
    return columns.map((column) => column === flexible ? { ...column, width: column.width - over } : column);
  }
  const last = columns.toSorted((a, b) => (b.dropOrder ?? 0) - (a.dropOrder ?? 0))[0];
  if (last === undefined || (last.dropOrder ?? 0) === 0) return columns;
  return fit(columns.filter((column) => column !== last), width);
}
