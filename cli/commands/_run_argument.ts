/** The argument of commands that look at a run. */
export const RUN_ARGUMENT = {
  name: "run",
  summary: "Id, beginning of it, tag, name@tag, name of a pipeline (newest run), or latest",
};

/** The same where it may be left out: the newest run is meant. */
export const NEWEST_RUN_ARGUMENT = {
  name: "run",
  summary: "Id, beginning of it, tag, name@tag or name of a pipeline",
  default: "latest",
};
