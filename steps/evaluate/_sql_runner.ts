import { FastDistillError, type Json } from "@fastdistill/core/authoring";
import type { ModuleProcess, ModuleReply } from "@fastdistill/core/runtime";
import type { SqlStatement } from "../_shared/sql_tokens.ts";
import type { SqlErrorKind } from "./_sql_connection.ts";
import type { SqlDatabase } from "./_sql_database.ts";
import type { SqlEngine } from "./_sql_engine.ts";
import type { CandidateRequest, GoldRequest, SqlReply } from "./_sql_judge.ts";
import { boundedSql, checkSqlReads, type SqlRefusal, topLevelOrder } from "./_sql_statement.ts";

const MESSAGE_CHARS_MAX = 500;

/** When the order of rows counts: where the gold query orders, everywhere, nowhere. */
export type OrderRule = "auto" | "always" | "never";

/** Bounds and rules of an execution, as in the configuration. */
export interface SqlRules {
  readonly timeout_ms: number;
  readonly max_rows: number;
  readonly float_tolerance: number;
  readonly order: OrderRule;
}

/** A query to run, and those whose result it may have. */
export interface SqlJob {
  readonly database: SqlDatabase;
  readonly sql: string;
  readonly golds: readonly string[];
  readonly rules: SqlRules;
}

/** What became of a query. */
export interface SqlOutcome {
  readonly exec_pass: boolean;
  readonly exec_error: SqlErrorKind | SqlRefusal | "timeout" | "crashed" | null;
  readonly exec_message: string | null;
  readonly gold_match: boolean | null;
  readonly result_signature: string | null;
  readonly row_count: number | null;
}

type Execution = Omit<SqlOutcome, "gold_match">;

/** Runs a query, and its gold queries, in a process of the engine. @throws {FastDistillError} `data.database` */
export async function runSql(engine: SqlEngine, job: SqlJob, signal: AbortSignal): Promise<SqlOutcome> {
  const verdict = checkSqlReads(job.sql, engine.dialect);
  const { statement } = verdict;
  const worn = new Set<ModuleProcess>();
  let execution = statement === undefined ? failed(verdict.refusal, verdict.message) : undefined;
  for (let isFirst = true;; isFirst = false) {
    const settled = await engine.use(job.database, signal, async (process) => {
      const found = execution ?? await runCandidate(process, statement!, { engine, job, signal, worn });
      // Who ends the process says nothing of the gold queries: they are run in the next one, to be sound in any case.
      const hasGolds = job.golds.length > 0;
      if (hasGolds && process.hasEnded) return { execution: found, gold_match: undefined };
      const check = { engine, job, execution: found, signal, worn };
      const gold_match = await matchGolds(process, check);
      if (worn.has(process)) await process.close();
      return { execution: found, gold_match };
    });
    if (settled.execution.exec_error === "crashed" && isFirst) continue;
    if (settled.gold_match !== undefined) return { ...settled.execution, gold_match: settled.gold_match };
    execution = settled.execution;
  }
}

async function runCandidate(
  process: ModuleProcess,
  statement: SqlStatement,
  { engine, job, signal, worn }: Omit<GoldCheck, "execution">,
): Promise<Execution> {
  const { database, rules } = job;
  const request: CandidateRequest = {
    do: "candidate",
    database: database.path,
    sql: statement.text,
    bounded: boundedSql(statement, rules.max_rows),
    rows_max: rules.max_rows,
    timeout_ms: rules.timeout_ms,
    is_ordered: rules.order === "always",
  };
  const timeoutMs = engine.patienceMs(rules.timeout_ms);
  const reply = await process.request(request as unknown as Json, { timeoutMs, signal });
  const timeout = failed("timeout", `The query took longer than ${rules.timeout_ms} ms`);
  if (reply.kind === "timed_out") return timeout;
  if (reply.kind === "out_of_memory") return failed("out_of_memory", "The query needs too much memory");
  if (reply.kind === "ended") {
    return failed("crashed", `The process that ran the query failed: ${reply.message}`);
  }
  const answer = answerOf(reply);
  if (answer.is_worn === true) worn.add(process);
  if (answer.error === "database") throw databaseFailure(database, answer.message);
  if (answer.error === "timeout") return timeout;
  if (answer.error !== null) return failed(answer.error, answer.message);
  if (!("signature" in answer)) throw new TypeError("The SQL worker answered another request");
  return {
    exec_pass: true,
    exec_error: null,
    exec_message: null,
    result_signature: answer.signature,
    row_count: answer.row_count,
  };
}

interface GoldCheck {
  readonly engine: SqlEngine;
  readonly job: SqlJob;
  readonly execution: Execution;
  readonly signal: AbortSignal;
  /** Receives processes that have grown so much that others had better take their place. */
  readonly worn: Set<ModuleProcess>;
}

/** All of them are run, so that one that is wrong never hides behind another. */
async function matchGolds(process: ModuleProcess, check: GoldCheck): Promise<boolean | null> {
  const { golds } = check.job;
  if (golds.length === 0) return null;
  let isMatch = false;
  for (const gold of golds) isMatch = await matchGold(process, gold, check) || isMatch;
  return isMatch;
}

async function matchGold(process: ModuleProcess, gold: string, check: GoldCheck): Promise<boolean> {
  const { engine, job: { database, rules }, execution, signal } = check;
  const verdict = checkSqlReads(gold, engine.dialect);
  if (verdict.refusal !== undefined) throw goldFailure(gold, verdict.message);
  const request: GoldRequest = {
    do: "gold",
    order: goldOrder(rules.order, verdict.statement),
    database: database.path,
    sql: verdict.statement.text,
    bounded: boundedSql(verdict.statement, rules.max_rows),
    rows_max: rules.max_rows,
    timeout_ms: rules.timeout_ms,
    tolerance: rules.float_tolerance,
    compare: execution.exec_pass,
  };
  const timeoutMs = engine.patienceMs(rules.timeout_ms);
  const reply = await process.request(request as unknown as Json, { timeoutMs, signal });
  const timeout = goldFailure(gold, `it took longer than ${rules.timeout_ms} ms`);
  if (reply.kind === "timed_out") throw timeout;
  if (reply.kind === "out_of_memory") throw goldFailure(gold, "it needs too much memory");
  if (reply.kind === "ended") throw goldFailure(gold, reply.message);
  const answer = answerOf(reply);
  if (answer.is_worn === true) check.worn.add(process);
  if (answer.error === "database") throw databaseFailure(database, answer.message);
  if (answer.error === "timeout") throw timeout;
  if (answer.error !== null) throw goldFailure(gold, answer.message);
  if (!("is_match" in answer)) throw new TypeError("The SQL worker answered another request");
  return answer.is_match;
}

function goldOrder(rule: OrderRule, gold: SqlStatement): GoldRequest["order"] {
  if (rule === "never") return null;
  return topLevelOrder(gold) ?? (rule === "always" ? "fixed" : null);
}

function answerOf(
  reply: ModuleReply & { readonly kind: "answer" | "threw" },
): SqlReply & { readonly is_worn?: boolean } {
  if (reply.kind === "threw") {
    throw new FastDistillError("step.failed", `The SQL worker failed: ${reply.message}`);
  }
  return reply.value as unknown as SqlReply & { readonly is_worn?: boolean };
}

function failed(error: NonNullable<SqlOutcome["exec_error"]>, message: string): Execution {
  return {
    exec_pass: false,
    exec_error: error,
    exec_message: message.length <= MESSAGE_CHARS_MAX ? message : `${message.slice(0, MESSAGE_CHARS_MAX)}...`,
    result_signature: null,
    row_count: null,
  };
}

function goldFailure(gold: string, reason: string): FastDistillError {
  const query = gold.replace(/\s+/g, " ").trim().slice(0, 200);
  return new FastDistillError("data.database", `A gold query cannot be run: ${reason}, in: ${query}`, {
    hint: "Mend the query, or raise timeout_ms or max_rows",
  });
}

function databaseFailure({ name }: SqlDatabase, reason: string): FastDistillError {
  return new FastDistillError("data.database", `Cannot read the database ${name}: ${reason}`);
}
