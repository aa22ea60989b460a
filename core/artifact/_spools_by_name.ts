import { join } from "node:path";
import { LineSpool } from "./_line_spool.ts";

/** A file of lines, by the name that it stands for. */
export interface SpooledName {
  /** Of a step or stage. */
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly rows: number;
}

/** A file of lines for each of some names; a name without lines has no file. */
export class SpoolsByName {
  readonly #spools: ReadonlyMap<string, { readonly path: string; readonly spool: LineSpool }>;
  readonly #used: Set<string> = new Set();

  /** @param names file names by the names that they stand for */
  constructor(folder: string, names: ReadonlyMap<string, string>) {
    this.#spools = new Map([...names].map(([name, file]) => {
      const path = join(folder, file);
      return [name, { path, spool: new LineSpool(path) }];
    }));
  }

  /** Adds a line, given without its end. @throws {TypeError} for a name that was not given before */
  append(name: string, line: string): void | Promise<void> {
    const known = this.#spools.get(name);
    if (known === undefined) throw new TypeError(`There is no file for a stage or step "${name}"`);
    this.#used.add(name);
    return known.spool.append(line);
  }

  /** Writes what is left; the files in the order of the names. @throws {FastDistillError} `data.write_failed` */
  async finish(): Promise<readonly SpooledName[]> {
    const files: SpooledName[] = [];
    for (const [name, { path, spool }] of this.#spools) {
      if (this.#used.has(name)) files.push({ name, path, ...(await spool.finish()) });
    }
    return files;
  }
}
