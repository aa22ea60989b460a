import { cellWidth } from "../cli/render/cells.ts";

/** What a person saw at the end of one frame. */
export interface SeenFrame {
  /** Without spaces at the ends of lines and empty lines at the end. */
  readonly lines: readonly string[];
  /** Lines that were broken since they were too wide, until now. */
  readonly wraps: number;
  /** Lines that left the screen at its top, until now. */
  readonly scrolls: number;
  readonly isCursorVisible: boolean;
}

/** What a stream of bytes came to on a terminal. */
export interface Screen {
  /** All lines, those that left the screen at its top first. */
  readonly lines: readonly string[];
  readonly frames: readonly SeenFrame[];
  /** What came outside of frames, before the last of them ended. */
  readonly between: string;
  readonly isCursorVisible: boolean;
}

/** How large the terminal is. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/**
 * A test double of a terminal: carries out the escape codes that the progress display uses, and throws at any other.
 * Wide characters take two cells.
 */
export function showOnScreen(text: string, size: ScreenSize): Screen {
  const state = new ScreenState(size);
  // deno-lint-ignore no-control-regex -- escape codes are what is meant
  for (const [token, parameters, code] of text.matchAll(/\x1b\[([?\d]*)([A-Za-z])|[\s\S]/gu)) {
    state.take(token, parameters, code);
  }
  return state;
}

class ScreenState implements Screen {
  readonly frames: SeenFrame[] = [];
  isCursorVisible = true;
  between = "";
  readonly #size: ScreenSize;
  /** A cell of a wide character is followed by one that holds nothing. */
  readonly #cells: string[][] = [[]];
  #row = 0;
  #column = 0;
  #wraps = 0;
  #isInFrame = false;
  #outside = "";

  constructor(size: ScreenSize) {
    this.#size = size;
  }

  get lines(): readonly string[] {
    const lines = this.#cells.map((cells) => cells.join("").trimEnd());
    while (lines.at(-1) === "") lines.pop();
    return lines;
  }

  take(token: string, parameters: string | undefined, code: string | undefined): void {
    if (!this.#isInFrame && token !== "\x1b[?2026h") this.#outside += token;
    if (code !== undefined) return this.#escape(parameters ?? "", code);
    if (token === "\n") [this.#row, this.#column] = [this.#row + 1, 0];
    else if (token === "\r") this.#column = 0;
    else if (/\p{Cc}/u.test(token)) {
      throw new Error(`The screen double does not know ${JSON.stringify(token)}`);
    } else this.#write(token);
    while (this.#cells.length <= this.#row) this.#cells.push([]);
  }

  #write(character: string): void {
    const width = cellWidth(character);
    if (this.#column + width > this.#size.columns) {
      [this.#row, this.#column] = [this.#row + 1, 0];
      this.#wraps++;
    }
    const cells = this.#cells[this.#row] ??= [];
    while (cells.length < this.#column) cells.push(" ");
    if (width === 0) cells[this.#column - 1] += character;
    else cells.splice(this.#column, width, character, ...(width === 2 ? [""] : []));
    this.#column += width;
  }

  #escape(parameters: string, code: string): void {
    const cells = this.#cells[this.#row]!;
    switch (`${parameters.startsWith("?") ? parameters : ""}${code}`) {
      case "A":
        this.#row = Math.max(this.#top, this.#row - Number(parameters || 1));
        return;
      case "G":
        this.#column = Math.max(0, Number(parameters || 1) - 1);
        return;
      case "K":
        cells.splice(parameters === "2" ? 0 : this.#column);
        return;
      case "J":
        cells.splice(this.#column);
        this.#cells.splice(this.#row + 1);
        return;
      case "m":
        return;
      case "?25l":
      case "?25h":
        this.isCursorVisible = code === "h";
        return;
      case "?2026h":
      case "?2026l":
        return this.#frame(code === "h");
    }
    throw new Error(`The screen double does not know the escape code [${parameters}${code}`);
  }

  #frame(isBegin: boolean): void {
    this.#isInFrame = isBegin;
    if (isBegin) {
      this.between += this.#outside;
      this.#outside = "";
    } else {
      const { lines, isCursorVisible } = this;
      this.frames.push({ lines, wraps: this.#wraps, scrolls: this.#top, isCursorVisible });
    }
  }

  /** Lines that left the screen. */
  get #top(): number {
    return Math.max(0, this.#cells.length - this.#size.rows);
  }
}
