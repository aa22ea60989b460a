/**
 * The page of the pipeline file: how it is put together, and every key.
 *
 * @module
 */
import { generationJsonSchema, pipelineJsonSchema } from "@fastdistill/core";
import { keyTable, sectionsOf } from "./_reference_keys.ts";
import {
  checkTranslations,
  fence,
  type Language,
  page,
  type ReferencePage,
  type Words,
} from "./_reference_page.ts";
import { GENERATION_ZH, PIPELINE_ZH } from "./_reference_zh.ts";

const EXAMPLE = `version: 1
name: text2sql
seed: 7
providers:
  teacher:
    use: replay
    with: { recording: teacher.recording.jsonl }
    price: { input: 0.05, output: 0.20 } # US dollars per million tokens
budget: { usd: 1.00 }
steps:
  questions: { use: read_jsonl, with: { path: questions.jsonl } }
  teach:
    use: text_generation
    provider: teacher
    with: { template: "{{ question }}", n: 4 }
    stage: answers
gates:
  - { stage: answers, metric: count, min: 200 }`;

const OVERRIDES = `fastdistill run pipeline.yaml --env dev --overlay tonight.yaml
fastdistill run pipeline.yaml --set gates.0.min=0.9 --set steps.teach.with.n=2
fastdistill run pipeline.yaml --set 'steps.teach.with.stop=[";", "END"]'`;

const ENVIRONMENT = `providers:
  teacher:
    use: replay
    with:
      recording: \${env:RECORDINGS}/teacher.jsonl
      model: \${env:MODEL:-tiny}`;

const TITLE: Words = { en: "# Pipeline file", zh: "# 流水线文件" };

const INTRO: Words = {
  en:
    `A pipeline file states in YAML which steps rows pass, which models are asked, what may be spent and what must hold
in the end. \`definePipeline\` builds the same thing in TypeScript. What stands under \`with\` is up to the component: see
[components](components.md). The tables below are generated from the schemas by \`deno task docs:generate\`.`,
  zh:
    `流水线文件用 YAML 说明：每一行依次经过哪些步骤、询问哪些模型、最多花费多少、最后必须满足什么条件。在 TypeScript 中用 \`definePipeline\` 可以构建完全相同的内容。\`with\` 之下写什么由组件规定，见[组件](components.md)。下面的表格由 \`deno task docs:generate\` 根据模式生成。`,
};

const LAYERS_TITLE: Words = { en: "## Layers", zh: "## 配置层" };

const LAYERS: Words = {
  en: `A run's configuration is laid together from the bottom up:

1. the pipeline file;
2. \`env/<name>.yaml\` beside it, with \`--env <name>\`;
3. any other file, with \`--overlay <file>\`;
4. single values, with \`--set path=value\`, in order.

Maps merge deeply. Everything else, lists too, is replaced. New names, of steps for instance, come after the known ones.
\`null\` is a value like any other: it does not remove a key. A layer that names another component with \`use\` starts
its \`with\` afresh, so that an environment can exchange a provider without inheriting the keys of the old one.

A \`--set\` path is dotted; elements of lists are addressed by index, from 0, and must exist. Missing maps on the way are
made, but a step or provider comes into being only with its \`use\`. The value is a YAML number, \`true\`, \`false\` or
\`null\`, text in quotes, or a list or map in brackets; anything else is text as it stands. It replaces what is there.`,
  zh: `一次运行的配置自下而上叠加而成：

1. 流水线文件；
2. 使用 \`--env <name>\` 时，它旁边的 \`env/<name>.yaml\`；
3. 使用 \`--overlay <file>\` 时，另外任意一个文件；
4. 使用 \`--set path=value\` 给出的单个值，按先后顺序。

映射会深度合并；其他一切（包括列表）都会被整体替换。新出现的名字（例如新步骤）排在已有名字之后。\`null\` 与其他值一样只是一个值，不会删除键。如果某一层用 \`use\` 换了组件，则它的 \`with\` 从头开始，这样环境文件可以更换提供方，而不会继承旧组件的键。

\`--set\` 的路径用点分隔；列表元素用从 0 开始的下标，且必须存在。路径上缺少的映射会自动创建，但步骤和提供方只能随 \`use\` 一起产生。值可以是 YAML 数字、\`true\`、\`false\`、\`null\`、带引号的文本，或方括号、花括号中的列表与映射；其余一律按原样视为文本。新值会替换原有内容。`,
};

const VARIABLES_TITLE: Words = { en: "## Environment variables", zh: "## 环境变量" };

const VARIABLES: Words = {
  en:
    `\`\${env:NAME}\` in any text stands for an environment variable, \`\${env:NAME:-default}\` gives a default for one
that is not set or empty, and \`$\${\` is a plain \`\${\`. Variables are put in after the layers are merged; keys are left
alone. What comes out is always text: a key that wants a number does not take a variable. Inside \`{ }\` and \`[ ]\`, YAML
wants such text in quotes. The copy of the pipeline in the run's folder keeps the placeholders, never the values.`,
  zh:
    `任何文本中的 \`\${env:NAME}\` 表示一个环境变量；\`\${env:NAME:-default}\` 在变量未设置或为空时给出默认值；
\`$\${\` 表示普通的 \`\${\`。变量在各层合并之后才代入，键名不受影响。代入的结果始终是文本：需要数字的键不能使用变量。
在 \`{ }\` 和 \`[ ]\` 之内，YAML 要求这样的文本加引号。运行目录中保存的流水线副本只保留占位符，绝不保存变量的值。`,
};

const LIMITS_TITLE: Words = { en: "## Limits of a file", zh: "## 文件限制" };

const LIMITS: Words = {
  en:
    `A file holds one YAML document of at most 5 MiB, 100 levels deep, with at most 10,000 values. Anchors and aliases are
allowed, and what they stand for counts every time. Names of steps, providers and stages are lower-case letters, digits
and underscores, and begin with a letter. The keys \`__proto__\`, \`constructor\` and \`prototype\` are refused everywhere.`,
  zh:
    `一个文件只含一个 YAML 文档，最大 5 MiB，最多嵌套 100 层，最多 10,000 个值。允许使用锚点和别名，其所代表的内容每次出现都计数。步骤、提供方和阶段的名字由小写字母、数字和下划线组成，以字母开头。键名 \`__proto__\`、\`constructor\` 和 \`prototype\` 在任何位置都会被拒绝。`,
};

const KEYS_TITLE: Words = { en: "## Keys", zh: "## 键" };
const TOP_TITLE: Words = { en: "### Top level", zh: "### 顶层" };
const GENERATION_TITLE: Words = { en: "## Generation options", zh: "## 生成选项" };

const GENERATION: Words = {
  en: "A step that asks a model takes these keys under `with`, beside those of its own task.",
  zh: "询问模型的步骤除了任务自身的键之外，还可以在 `with` 下使用以下键。",
};

/** The page `docs/reference/pipeline.md`. */
export const pipelinePage: ReferencePage = { path: "reference/pipeline.md", write };

function write(language: Language): string {
  const sections = sectionsOf(pipelineJsonSchema());
  const generation = sectionsOf(generationJsonSchema());
  const ids = (all: typeof sections) => all.flatMap(({ keys }) => keys.map(({ id }) => id));
  checkTranslations("words for keys of the pipeline file", { needed: ids(sections), given: PIPELINE_ZH });
  checkTranslations("words for generation options", { needed: ids(generation), given: GENERATION_ZH });
  const tables = sections.flatMap((section) => [
    section.path === "" ? TOP_TITLE[language] : `### \`${section.path}\``,
    keyTable(section, { language, zh: PIPELINE_ZH }),
  ]);
  const options = generation.map((section) => keyTable(section, { language, zh: GENERATION_ZH }));
  return page(
    TITLE[language],
    INTRO[language],
    fence("yaml", EXAMPLE),
    KEYS_TITLE[language],
    ...tables,
    GENERATION_TITLE[language],
    GENERATION[language],
    ...options,
    LAYERS_TITLE[language],
    LAYERS[language],
    fence("sh", OVERRIDES),
    VARIABLES_TITLE[language],
    VARIABLES[language],
    fence("yaml", ENVIRONMENT),
    LIMITS_TITLE[language],
    LIMITS[language],
  );
}
