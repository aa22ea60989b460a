/** Runs queries against SQLite databases in a helper process: see `_sql_runner.ts` for who asks. @module */
import { openSqlConnection } from "./_sql_connection.ts";
import { type CandidateRequest, type GoldRequest, SqlJudge, type SqlReply } from "./_sql_judge.ts";

const judge = new SqlJudge({ open: openSqlConnection, connectionsMax: 8 });

/** Answers one request. */
export default function answer(request: CandidateRequest | GoldRequest): Promise<SqlReply> {
  return judge.answer(request);
}
