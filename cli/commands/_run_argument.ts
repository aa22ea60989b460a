/** The argument of commands that look at a run. */
export const RUN_ARGUMENT = {
  name: "run",
  summary: "Id or its beginning, tag, name@tag, name of a pipeline (newest run), latest, or folder",
  isRun: true,
};

/** The same where it may be left out: the newest run is meant. */
export const NEWEST_RUN_ARGUMENT = {
  name: "run",
  summary: "Id or its beginning, tag, name@tag, name of a pipeline, or folder",
  isRun: true,
  default: "latest",
};
