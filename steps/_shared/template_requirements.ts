import type { ColumnRequirement, Template } from "@fastdistill/core/authoring";

/** The columns that a template needs. `at` is where in the step's `with` it stands. */
export function templateRequirements(
  template: Template,
  at: readonly (string | number)[],
): readonly ColumnRequirement[] {
  return template.variables.map((column) => ({ column, template: true, at }));
}
