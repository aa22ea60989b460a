import { definePipeline, type LoadedPipeline, loadPipeline, Registry, runPipeline } from "@fastdistill/core";
import { builtinProviders } from "@fastdistill/providers";
import { builtinSteps, rows, scoreExec, sqlExec } from "@fastdistill/steps";
import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { qualityOf, stageRows } from "./_run_outputs.ts";
import { sharedDataProblem, sharedPath } from "./_shared_data.ts";

const GOLD_CHECK = join(import.meta.dirname!, "../examples/text2sql/gold_check.yaml");
const DATA = "text2sql";
const problem = sharedDataProblem("tests/text2sql_gold_test.ts", DATA);

interface Question {
  readonly id: string;
  readonly database: string;
  readonly question: string;
  readonly gold_sql: readonly string[];
}

/** A query that stands in for an answer to a question. */
interface Candidate extends Question {
  /** The question that the query was written for. */
  readonly written_for: string;
  readonly sql: string;
}

async function readQuestions(): Promise<readonly Question[]> {
  const text = await Deno.readTextFile(sharedPath(`${DATA}/questions.jsonl`));
  return text.trim().split("\n").map((line) => {
    const { id, database, question, gold_sql } = JSON.parse(line);
    return { id, database, question, gold_sql };
  });
}

/** Every accepted query of a question as an answer to another question, or to itself. */
function candidates(question: Question, from: Question): readonly Candidate[] {
  return from.gold_sql.map((sql) => ({ ...question, written_for: from.id, sql }));
}

/** Each question with the next one of its database, the last with the first. */
function neighbours(questions: readonly Question[]): readonly (readonly [Question, Question])[] {
  return [...Map.groupBy(questions, ({ database }) => database).values()].flatMap((group) =>
    group.map((question, index) => [question, group[(index + 1) % group.length]!] as const)
  );
}

function judging(candidates: readonly Candidate[]): LoadedPipeline {
  return definePipeline({ name: "text2sql_candidates", baseDir: sharedPath(DATA) })
    .step("candidates", rows({ rows: candidates.map((candidate) => ({ ...candidate })) }))
    .step("execute", sqlExec({ database: "{{ database }}", gold: "gold_sql" }))
    .step("score", scoreExec({}), { stage: "checked" })
    .build();
}

/** What the stage `checked` of a run holds. */
async function check(pipeline: LoadedPipeline) {
  const runsDir = await Deno.makeTempDir();
  try {
    const registry = new Registry([...builtinProviders, ...builtinSteps]);
    const summary = await runPipeline({ pipeline, registry, runsDir });
    assertEquals([summary.status, summary.rows.failed], ["done", {}], summary.error?.message);
    const { count, metrics, groups } = (await qualityOf(summary)).stages.checked!;
    const { exec_pass_rate, gold_match_rate } = metrics;
    return {
      figures: { count, exec_pass_rate, gold_match_rate },
      groups,
      rows: await stageRows(summary, "checked"),
    };
  } finally {
    await Deno.remove(runsDir, { recursive: true });
  }
}

Deno.test({
  name: "examples/text2sql/gold_check.yaml finds all 130 gold queries right on the real databases",
  ignore: problem !== undefined,
  fn: async () => {
    const set = [
      `steps.questions.with.path=${sharedPath(`${DATA}/questions.jsonl`)}`,
      `steps.execute.with.database=${sharedPath(DATA)}/{{ database }}`,
    ];
    const { figures, groups } = await check(await loadPipeline({ file: GOLD_CHECK, set }));
    assertEquals(figures, { count: 130, exec_pass_rate: 1, gold_match_rate: 1 });
    const perDatabase = Object.entries(groups.database!).map((
      [name, { count, metrics }],
    ) => [name, count, metrics.exec_pass_rate, metrics.gold_match_rate]);
    assertEquals(perDatabase, [
      ["academic.sqlite", 25, 1, 1],
      ["atis.sqlite", 30, 1, 1],
      ["geography.sqlite", 25, 1, 1],
      ["restaurants.sqlite", 25, 1, 1],
      ["scholar.sqlite", 25, 1, 1],
    ]);
  },
});

Deno.test({
  name: "sql_exec and score_exec find each of the 200 accepted queries right",
  ignore: problem !== undefined,
  fn: async () => {
    const all = (await readQuestions()).flatMap((question) => candidates(question, question));
    const { figures } = await check(judging(all));
    assertEquals(figures, { count: 200, exec_pass_rate: 1, gold_match_rate: 1 });
  },
});

/**
 * Matches among the 200 accepted queries of the next question in the same database. Each was looked at, and each is a
 * question with the same answer, not a fault of the comparison:
 *
 * - q010 asks for the ratio of publications to authors, q011 for that of conference to journal publications. In this
 *   database both are 1.0, a single row with a single number.
 * - q135 and q136 ask for the papers "published per year" and "published in each year": one question in two wordings,
 *   with the same accepted query to the letter.
 *
 * Both have one accepted query, so that there are two matches whether the first or every accepted query is shifted.
 */
const EQUAL_ANSWERS = ["q010 by the query of q011", "q135 by the query of q136"];

Deno.test({
  name:
    "sql_exec and score_exec find the accepted queries of the next question wrong, but for two equal answers",
  ignore: problem !== undefined,
  fn: async () => {
    const shifted = neighbours(await readQuestions()).flatMap(([question, next]) =>
      candidates(question, next)
    );
    const { figures, rows } = await check(judging(shifted));
    assertEquals([figures.count, figures.exec_pass_rate], [200, 1]);
    const matches = rows.filter(({ gold_match }) => gold_match === true);
    assertEquals(matches.map(({ id, written_for }) => `${id} by the query of ${written_for}`), EQUAL_ANSWERS);
  },
});
