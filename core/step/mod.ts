/** The contracts of steps and tasks. @module */
export { applyColumnFlow, type ColumnFlow, type ColumnRequirement, requireColumns } from "./column_flow.ts";
export {
  type EffectRequest,
  type Random,
  type RowContext,
  type StepModels,
  type StepSetup,
  type UnreadableInput,
} from "./context.ts";
export {
  type Expand,
  expand,
  type Fail,
  fail,
  type Outcome,
  type Pass,
  pass,
  type Reject,
  reject,
} from "./outcome.ts";
export {
  type BatchRunner,
  type BatchStepDefinition,
  defineStep,
  type GlobalRunner,
  type GlobalStepDefinition,
  type KeyedOutcome,
  type KeyedRow,
  type OrderedStepDefinition,
  type RowRunner,
  type RowStepDefinition,
  type SinkDefinition,
  type SinkReport,
  type SinkRunner,
  type SourceDefinition,
  type SourceRunner,
  type StepBase,
  type StepComponent,
  type StepDefinition,
  type StepKind,
} from "./step.ts";
export { type StepSpec, stepSpec } from "./step_spec.ts";
export {
  defineTask,
  type TaskAnswer,
  type TaskComponent,
  type TaskDefinition,
  type TaskPrompt,
  type TaskRunner,
} from "./task.ts";
