import { FastDistillError } from "@fastdistill/core/authoring";

/** Why a row does not fit the columns of a file. `found` goes on from "Write a row into a file of typed columns, found ...". */
export function unfitRow(found: string, hint: string): FastDistillError {
  return new FastDistillError(
    "data.invalid_sample",
    `Write a row into a file of fixed columns, found ${found}`,
    { hint },
  );
}
