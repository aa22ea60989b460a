/** Templates and expressions that pipelines write: Jinja for texts, CEL for conditions and values. @module */
export {
  compileExpression,
  type Expression,
  type ExpressionCompiler,
  expressionCompiler,
  type ExpressionOptions,
} from "./expression.ts";
export {
  compileTemplate,
  type Template,
  type TemplateCompiler,
  templateCompiler,
  type TemplateOptions,
} from "./template.ts";
export { templateText } from "./template_text.ts";
