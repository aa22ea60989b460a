/** One line a row: `[row id, row]`. */
export const ROWS_FILE = "rows.jsonl";
/** Where each row begins, and where the last one ends: numbers of 8 bytes. */
export const OFFSETS_FILE = "offsets.bin";
/** Keys of the rows, a block of rows after the other, in each block a column after the other: numbers of 4 bytes. The last block has fewer rows. */
export const KEYS_FILE = "keys.bin";
/** The set that each row is in as far as is known: numbers of 4 bytes. */
export const ROOTS_FILE = "roots.bin";
/** Rows of a block of keys. */
export const KEY_BLOCK_ROWS = 1 << 15;
/** Columns before those of the bands: the halves of the text's key. */
export const TEXT_KEY_COLUMNS = 2;
