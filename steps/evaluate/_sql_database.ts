import {
  describeThrown,
  FastDistillError,
  type InputFiles,
  isFastDistillError,
} from "@fastdistill/core/authoring";
import { copyFile, mkdir, mkdtemp, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sqlStatements } from "../_shared/sql_tokens.ts";
import {
  digestTables,
  fingerprintTables,
  type SqlTables,
  type TableFile,
  writeTables,
} from "./_sql_tables.ts";

/** Bytes that a script may have. */
export const SCRIPT_BYTES_MAX = 256 * 1024 * 1024;
/** Bytes 18 and 19 of a database file: 2 in write-ahead mode, 1 otherwise. */
const VERSIONS_OFFSET = 18;
const WRITE_AHEAD = 2;
/** What a script that builds a database has no use for: it reaches other files. */
const NOT_BUILDING: ReadonlySet<string> = new Set(["ATTACH", "DETACH", "VACUUM"]);

/** A database that queries can be run against. */
export interface SqlDatabase {
  /** Path as the configuration has it, or names of the tables, for messages. */
  readonly name: string;
  /** Absolute path of a database file that nobody writes to. */
  readonly path: string;
  /** Digest of what was given, be it a database file or a script. */
  readonly sha256: string;
}

/** How databases of one engine are made ready. */
export interface SqlDatabaseMaker {
  /** Folder in the cache, and ending of the files in it. */
  readonly name: string;
  /** Stands in the names of files that are built: a file of one version need not be read by another. */
  readonly version: () => Promise<string>;
  /** Builds a database at `target`. @throws {FastDistillError} `data.database` */
  readonly build: (target: string, making: SqlMaking) => Promise<void>;
  /**
   * Finds out whether a file can be used where it is; if not, gives what makes a copy of it that can.
   * @throws {FastDistillError} `data.database` when a part of it is still in its log
   */
  readonly copier: (
    source: string,
    path: string,
  ) => Promise<((target: string) => Promise<void>) | undefined>;
}

/** A script that builds a database. */
export interface SqlScript {
  /** Path as the configuration has it. */
  readonly path: string;
  readonly script: string;
}

/** What a database is built of. */
export interface SqlMaking {
  readonly script: SqlScript | undefined;
  /** In the folder of the target; made before the script runs. */
  readonly tables: readonly TableFile[];
}

/** Where the content of a database is: a file or script, files of tables, or tables and a script. */
export interface SqlSource {
  readonly path: string | undefined;
  readonly tables: SqlTables;
}

/**
 * Databases by the path that the configuration has. A `.sql` script is built, once, into the cache folder; a file that
 * cannot be read where it is, is copied there; any other is used where it is. Digests are taken once a run.
 */
export class SqlDatabases {
  readonly #files: InputFiles;
  readonly #folder: string;
  readonly #maker: SqlDatabaseMaker;
  readonly #known: Map<string, Promise<SqlDatabase>> = new Map();

  /** @param cacheDir folder for files that may be thrown away */
  constructor(files: InputFiles, cacheDir: string, maker: SqlDatabaseMaker) {
    this.#files = files;
    this.#folder = join(cacheDir, maker.name);
    this.#maker = maker;
  }

  /** @throws {FastDistillError} `data.database` */
  find(source: SqlSource): Promise<SqlDatabase> {
    const files = this.#files;
    const { path, tables } = source;
    const key = JSON.stringify([path === undefined ? null : files.resolve(path), tables]);
    let database = this.#known.get(key);
    if (database === undefined) {
      const isOfTables = Object.keys(tables).length > 0;
      database = isOfTables ? this.#prepareTables(source) : this.#prepare(path!);
      this.#known.set(key, database);
    }
    return database;
  }

  async #prepare(path: string): Promise<SqlDatabase> {
    const files = this.#files;
    const { sha256 } = await fingerprintDatabase(files, path);
    const target = await this.#targetOf(sha256);
    if (path.endsWith(".sql")) {
      const script = await this.#scriptOf(path);
      await this.#make(target, (temporary) => this.#maker.build(temporary, { script, tables: [] }));
      return { name: path, path: target, sha256 };
    }
    const source = files.resolve(path);
    const copy = await this.#maker.copier(source, path);
    if (copy === undefined) return { name: path, path: source, sha256 };
    await this.#make(target, copy);
    return { name: path, path: target, sha256 };
  }

  async #prepareTables({ path, tables }: SqlSource): Promise<SqlDatabase> {
    if (path !== undefined && !path.endsWith(".sql")) {
      const message = `Put tables into the database ${path}, which is a file and is never written to`;
      throw new FastDistillError("data.database", message, {
        hint: "Leave out database, or name a .sql script, which runs when the tables are there",
      });
    }
    const of = path === undefined ? null : (await fingerprintDatabase(this.#files, path)).sha256;
    const sha256 = digestTables(await fingerprintTables(tables, this.#files), of);
    const target = await this.#targetOf(sha256);
    await this.#make(target, async (temporary) => {
      const script = path === undefined ? undefined : await this.#scriptOf(path);
      const written = await writeTables(tables, { files: this.#files, folder: dirname(temporary) });
      await this.#maker.build(temporary, { script, tables: written });
    });
    return { name: `tables ${Object.keys(tables).join(", ")}`, path: target, sha256 };
  }

  async #targetOf(sha256: string): Promise<string> {
    return join(this.#folder, `${sha256}${await this.#maker.version()}.${this.#maker.name}`);
  }

  async #scriptOf(path: string): Promise<SqlScript> {
    return { path, script: await this.#files.readText(path, { bytesMax: SCRIPT_BYTES_MAX }) };
  }

  /** Makes a file appear whole, unless it is there already. */
  async #make(target: string, write: (temporary: string) => Promise<void>): Promise<void> {
    if (await stat(target).then(() => true, () => false)) return;
    await mkdir(this.#folder, { recursive: true });
    const workplace = await mkdtemp(join(this.#folder, "build-"));
    try {
      const temporary = join(workplace, `database.${this.#maker.name}`);
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

/** How databases of SQLite are made ready: a file in write-ahead mode cannot be read without writing beside it. */
export const SQLITE_DATABASES: SqlDatabaseMaker = {
  name: "sqlite",
  version: () => Promise.resolve(""),
  build: buildDatabase,
  copier: async (source, path) => {
    if (!await isWriteAhead(source)) return undefined;
    const hint = "Close the program that writes to it, or run: PRAGMA wal_checkpoint(TRUNCATE)";
    await checkNoLog(source, { path, ending: "-wal", hint });
    return (target) => copyWithoutWriteAhead(source, target);
  },
};

async function buildDatabase(target: string, { script: given }: SqlMaking): Promise<void> {
  const { path, script } = given!;
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
        throw buildFailure({ path, script }, { text, start }, cause);
      }
    }
  } finally {
    database.close();
  }
}

/** A statement of a script does not run. */
export function buildFailure(
  { path, script }: SqlScript,
  { text, start }: { readonly text: string; readonly start: number },
  cause: unknown,
): FastDistillError {
  const line = script.slice(0, start).split("\n").length;
  const statement = text.replace(/\s+/g, " ").slice(0, 200);
  return new FastDistillError(
    "data.database",
    `Cannot build the database from ${path}, line ${line}: ${describeThrown(cause)}, in: ${statement}`,
    { location: { file: path, line }, cause },
  );
}

interface Log {
  /** Path of the database as the configuration has it. */
  readonly path: string;
  /** What the engine appends to the path of a database for its log. */
  readonly ending: string;
  readonly hint: string;
}

/** @throws {FastDistillError} `data.database` when changes of the database are only in its log */
export async function checkNoLog(source: string, { path, ending, hint }: Log): Promise<void> {
  const found = await stat(`${source}${ending}`).catch(() => undefined);
  if (found === undefined || found.size === 0) return;
  const message = `The database has changes that are only in its log: ${path}${ending}`;
  throw new FastDistillError("data.database", message, { hint });
}

async function isWriteAhead(source: string): Promise<boolean> {
  const handle = await open(source);
  const header = new Uint8Array(VERSIONS_OFFSET + 2);
  await handle.read(header, 0, header.length, 0).finally(() => handle.close());
  return header[VERSIONS_OFFSET] === WRITE_AHEAD || header[VERSIONS_OFFSET + 1] === WRITE_AHEAD;
}

async function copyWithoutWriteAhead(source: string, target: string): Promise<void> {
  await copyFile(source, target);
  const handle = await open(target, "r+");
  await handle.write(Uint8Array.of(1, 1), 0, 2, VERSIONS_OFFSET).finally(() => handle.close());
}
