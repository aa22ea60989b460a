import { describeThrown, FastDistillError, type InputFiles, isFastDistillError } from "@fastdistill/core";
import { copyFile, mkdir, mkdtemp, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { sqlStatements } from "../_shared/sql_tokens.ts";

const SCRIPT_BYTES_MAX = 256 * 1024 * 1024;
/** Bytes 18 and 19 of a database file: 2 in write-ahead mode, 1 otherwise. */
const VERSIONS_OFFSET = 18;
const WRITE_AHEAD = 2;
/** What a script that builds a database has no use for: it reaches other files. */
const NOT_BUILDING: ReadonlySet<string> = new Set(["ATTACH", "DETACH", "VACUUM"]);

/** A database that queries can be run against. */
export interface SqlDatabase {
  /** Path as the configuration has it, for messages. */
  readonly name: string;
  /** Absolute path of a database file that nobody writes to. */
  readonly path: string;
  /** Digest of what was given, be it a database file or a script. */
  readonly sha256: string;
}

/**
 * Databases by the path that the configuration has. A `.sql` script is built, once, into the cache folder; a file
 * in write-ahead mode, which cannot be read without writing beside it, is copied there; any other is used where it is.
 * Digests are taken once a run.
 */
export class SqlDatabases {
  readonly #files: InputFiles;
  readonly #folder: string;
  readonly #known: Map<string, Promise<SqlDatabase>> = new Map();

  /** @param cacheDir folder for files that may be thrown away */
  constructor(files: InputFiles, cacheDir: string) {
    this.#files = files;
    this.#folder = join(cacheDir, "sqlite");
  }

  /** @throws {FastDistillError} `data.database` */
  find(path: string): Promise<SqlDatabase> {
    const key = this.#files.resolve(path);
    let database = this.#known.get(key);
    if (database === undefined) {
      database = this.#prepare(path);
      this.#known.set(key, database);
    }
    return database;
  }

  async #prepare(path: string): Promise<SqlDatabase> {
    const { sha256 } = await fingerprintDatabase(this.#files, path);
    const target = join(this.#folder, `${sha256}.sqlite`);
    if (path.endsWith(".sql")) {
      const script = await this.#files.readText(path, { bytesMax: SCRIPT_BYTES_MAX });
      await this.#make(target, (temporary) => buildDatabase(temporary, { path, script }));
      return { name: path, path: target, sha256 };
    }
    const source = this.#files.resolve(path);
    if (!await isWriteAhead(source, path)) return { name: path, path: source, sha256 };
    await this.#make(target, (temporary) => copyWithoutWriteAhead(source, temporary));
    return { name: path, path: target, sha256 };
  }

  /** Makes a file appear whole, unless it is there already. */
  async #make(target: string, write: (temporary: string) => Promise<void>): Promise<void> {
    if (await stat(target).then(() => true, () => false)) return;
    await mkdir(this.#folder, { recursive: true });
    const workplace = await mkdtemp(join(this.#folder, "build-"));
    try {
      const temporary = join(workplace, "database.sqlite");
      await write(temporary);
      await rename(temporary, target);
    } finally {
      await rm(workplace, { recursive: true, force: true });
    }
  }
}

/** Digest and size of a database file or script. @throws {FastDistillError} `data.database` when there is none */
export async function fingerprintDatabase(
  files: InputFiles,
  path: string,
): Promise<{ readonly sha256: string; readonly size: number }> {
  try {
    return await files.fingerprint(path);
  } catch (cause) {
    if (!isFastDistillError(cause)) throw cause;
    throw new FastDistillError("data.database", `The database is missing: ${path}`, {
      hint: "A relative path starts at the folder of the pipeline file",
      cause,
      context: { path },
    });
  }
}

interface Script {
  readonly path: string;
  readonly script: string;
}

async function buildDatabase(target: string, { path, script }: Script): Promise<void> {
  const { DatabaseSync } = await import("node:sqlite");
  // As the shell of SQLite has it: no checks of foreign keys, and strings in double quotes.
  const options = { enableForeignKeyConstraints: false, enableDoubleQuotedStringLiterals: true };
  const database = new DatabaseSync(target, options);
  try {
    database.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
    for (const { text, start, tokens } of sqlStatements(script)) {
      try {
        if (NOT_BUILDING.has(tokens[0]!.text)) throw new TypeError(`${tokens[0]!.text} is not allowed`);
        database.exec(text);
      } catch (cause) {
        const line = script.slice(0, start).split("\n").length;
        const statement = text.replace(/\s+/g, " ").slice(0, 200);
        throw new FastDistillError(
          "data.database",
          `Cannot build the database from ${path}, line ${line}: ${describeThrown(cause)}, in: ${statement}`,
          { location: { file: path, line }, cause },
        );
      }
    }
  } finally {
    database.close();
  }
}

/** @throws {FastDistillError} `data.database` when a part of the database is still in its log */
async function isWriteAhead(source: string, path: string): Promise<boolean> {
  const handle = await open(source);
  const header = new Uint8Array(VERSIONS_OFFSET + 2);
  await handle.read(header, 0, header.length, 0).finally(() => handle.close());
  if (header[VERSIONS_OFFSET] !== WRITE_AHEAD && header[VERSIONS_OFFSET + 1] !== WRITE_AHEAD) return false;
  const log = await stat(`${source}-wal`).catch(() => undefined);
  if (log !== undefined && log.size > 0) {
    throw new FastDistillError(
      "data.database",
      `The database has changes that are only in its log: ${path}-wal`,
      {
        hint: "Close the program that writes to it, or run: PRAGMA wal_checkpoint(TRUNCATE)",
      },
    );
  }
  return true;
}

async function copyWithoutWriteAhead(source: string, target: string): Promise<void> {
  await copyFile(source, target);
  const handle = await open(target, "r+");
  await handle.write(Uint8Array.of(1, 1), 0, 2, VERSIONS_OFFSET).finally(() => handle.close());
}
