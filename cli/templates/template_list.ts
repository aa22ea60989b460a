/** A project that `fastdistill init` writes. */
export interface Template {
  /** What it is called on the command line; also the folder beside this file that holds its files. */
  readonly name: string;
  /** What its pipeline makes, in a line. */
  readonly summary: string;
}

/** Every template, in the order in which a person is asked. */
export const TEMPLATES: readonly Template[] = [
  { name: "text2sql", summary: "SQL answers to questions, run against a database" },
  { name: "math", summary: "Solutions of word problems, their answers compared by value" },
  { name: "preference", summary: "Pairs of a better and a worse answer, by rules and a judge" },
  { name: "classification", summary: "Labelled texts, whose labels the model finds again" },
  { name: "rag-qa", summary: "Questions on passages, with answers that a quote proves" },
  { name: "tool-use", summary: "Calls of tools, checked against their definitions" },
  { name: "code", summary: "Python functions, run against tests" },
  { name: "persona", summary: "Questions from personas with answers, and their diversity" },
];
