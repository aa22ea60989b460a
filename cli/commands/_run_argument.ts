/** The argument of commands that look at a run. */
export const RUN_ARGUMENT = {
  name: "run",
  summary: "Its id, the beginning of its id, the name of its pipeline (the newest run of it), or latest",
};
