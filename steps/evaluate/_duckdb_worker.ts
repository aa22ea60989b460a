/** Runs DuckDB in a helper process: see `_duckdb_engine.ts` and `_sql_runner.ts` for who asks. @module */
import { Buffer } from "node:buffer";
import process from "node:process";
import type { WorkerTools } from "./_code_protocol.ts";
import { createDuckDb, openDuckDbConnection } from "./_duckdb_connection.ts";
import type { DuckDbFile } from "./_duckdb_files.ts";
import { type DuckDbPackage, loadDuckDb } from "./_duckdb_package.ts";
import { TableFailure } from "./_duckdb_tables.ts";
import type {
  DuckDbBuildReply,
  DuckDbBuildRequest,
  DuckDbLoadRequest,
  DuckDbPieceRequest,
} from "./_duckdb_protocol.ts";
import { type CandidateRequest, type GoldRequest, SqlJudge, type SqlReply } from "./_sql_judge.ts";

/** Each has an instance with a memory of its own. */
const CONNECTIONS_MAX = 3;
/** Memory of WebAssembly never shrinks; a process that holds so much is replaced. */
const RSS_BYTES_MAX = 896 * 2 ** 20;
/** What a script may say about transactions; without it, all of the script is one. */
const TRANSACTION = /^(?:BEGIN|START|COMMIT|END|ROLLBACK|ABORT)\b/i;

type Request = DuckDbLoadRequest | DuckDbBuildRequest | DuckDbPieceRequest | CandidateRequest | GoldRequest;
type Reply = true | string | DuckDbBuildReply | (SqlReply & { readonly is_worn: boolean });

class DuckDbWorker {
  #duckdb: DuckDbPackage | undefined;
  #judge: SqlJudge | undefined;
  #built: DuckDbFile | undefined;

  async answer(request: Request, tools: WorkerTools): Promise<Reply> {
    if (request.do === "load") {
      const duckdb = this.#duckdb = loadDuckDb(request.folders, tools);
      this.#judge = new SqlJudge({
        open: (path) => openDuckDbConnection(path, duckdb, tools),
        connectionsMax: CONNECTIONS_MAX,
      });
      return true;
    }
    if (this.#duckdb === undefined || this.#judge === undefined) {
      throw new TypeError("A query was sent before DuckDB was asked for");
    }
    if (request.do === "build") return await this.#build(this.#duckdb, request);
    if (request.do === "piece") return this.#piece(request);
    const reply = await this.#judge.answer(request);
    return { ...reply, is_worn: process.memoryUsage.rss() > RSS_BYTES_MAX };
  }

  async #build(
    duckdb: DuckDbPackage,
    { tables, statements, memory_mb }: DuckDbBuildRequest,
  ): Promise<DuckDbBuildReply> {
    const made = await createDuckDb(duckdb, { tables, memoryMb: memory_mb }).catch((thrown) => {
      if (thrown instanceof TableFailure) return thrown;
      throw thrown;
    });
    if (made instanceof TableFailure) return { failed_table: made.table, message: made.message };
    const { instance, files, name } = made;
    const { _conn: session } = instance.connect();
    const isOne = !statements.some((sql) => TRANSACTION.test(sql));
    if (isOne) instance.runQuery(session, "BEGIN");
    for (const [index, sql] of statements.entries()) {
      try {
        instance.runQuery(session, sql);
      } catch (thrown) {
        return { failed_at: index, message: thrown instanceof Error ? thrown.message : String(thrown) };
      }
    }
    if (isOne) instance.runQuery(session, "COMMIT");
    instance.runQuery(session, "FORCE CHECKPOINT");
    instance.reset();
    this.#built = files.get(name)!;
    return { size: this.#built.size() };
  }

  #piece({ at, bytes }: DuckDbPieceRequest): string {
    const piece = new Uint8Array(bytes);
    const found = this.#built?.read(piece, at) ?? 0;
    return Buffer.from(piece.subarray(0, found)).toString("base64");
  }
}

const worker = new DuckDbWorker();

/** Answers one request. */
export default function answer(request: Request, tools: WorkerTools): Promise<Reply> {
  return worker.answer(request, tools);
}
