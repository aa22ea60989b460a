/**
 * The Chinese words of the page of the command line, by what the commands say in English, without their defaults.
 *
 * @module
 */
import type { Translations } from "./_reference_page.ts";

/** Exit codes. */
export const EXIT_WORDS: Translations<string> = {
  "0": "完成",
  "1": "运行失败，或检查发现了问题",
  "2": "命令行或流水线有误；什么都没有运行",
  "3": "有门禁未通过",
  "4": "预算用尽，运行停止",
  "130": "被中断；用 fastdistill resume 继续",
};

/** Defaults that are words, not values. */
export const DEFAULT_WORDS: Translations<string> = {
  "the template's name": "模板的名称",
  "the nearest": "最近的一个",
  "the run's own": "该运行自己的",
  "that of the pipeline file": "流水线文件所在的文件夹",
  "the name of the pipeline": "流水线的名称",
  "the name, with dashes": "名称，下划线换成连字符",
  "HF_ENDPOINT, or huggingface.co": "HF_ENDPOINT，或 huggingface.co",
};

/** Summaries of commands, arguments and flags. */
export const COMMAND_WORDS: Translations<string> = {
  "Start a project from a template: it runs offline at once": "从模板新建项目：无需联网，马上能运行",
  "Folder to write; nothing there is overwritten": "要写入的文件夹；已有的文件绝不覆盖",
  "text2sql, math, preference, classification, rag-qa, tool-use, code, persona":
    "text2sql、math、preference、classification、rag-qa、tool-use、code、persona",
  "List the templates and write nothing": "列出模板，不写任何东西",
  "Run a pipeline: what was answered before is not asked for again": "运行流水线：已有答案的不会再问",
  "The pipeline file; its paths start at its folder": "流水线文件；其中的路径以它所在的文件夹为起点",
  "Lay env/NAME.yaml, beside the pipeline file, over it": "在其上叠加流水线文件旁的 env/NAME.yaml",
  "Lay this file over both, for one run": "再叠加这个文件，仅用于本次运行",
  "Override one value: steps.teach.with.n=2, gates.0.min=0.9":
    "覆盖一个值：steps.teach.with.n=2、gates.0.min=0.9",
  "Take your own components from this deno.json": "从这个 deno.json 取得自己的组件",
  "Let a plugin do what it declares, this once; or a part: NAME=net:HOST":
    "本次允许插件做它声明的事；或只允许一部分：NAME=net:HOST",
  "Run a plugin without a sandbox: it may do whatever you may": "不用沙箱运行插件：你能做的它都能做",
  "Folder that holds the runs and the effect store": "存放运行和副作用存储的文件夹",
  "Ask nobody: an effect that is not recorded ends the run": "不问任何端点：遇到没有记录的副作用即结束运行",
  "Ask again where rows failed on a recorded answer, and nowhere else":
    "仅对因已记录的答案而失败的行重新提问",
  "Take the first N rows of each source only; part of the run id": "每个数据源只取前 N 行；计入运行 id",
  "Log events from this level on, not progress: debug, info, warn, error":
    "不显示进度，改为记录该级别及以上的事件：debug、info、warn、error",
  "Log as text or as json, a line for each event": "以 text 或 json 记录，每个事件一行",
  "Append the log to a file, and show the progress as well": "把日志追加到文件，同时显示进度",
  "Send spans to OpenTelemetry, as setting OTEL_EXPORTER_OTLP_ENDPOINT does":
    "把 span 发往 OpenTelemetry，与设置 OTEL_EXPORTER_OTLP_ENDPOINT 相同",
  "Share of the rows, 0 to 1, that get spans of their own": "有自己 span 的行所占比例，0 到 1",
  "Go on with a run that stopped, with the files and flags that it had":
    "继续一次停下的运行，沿用它当时的文件和选项",
  "Id or its beginning, tag, name@tag, name of a pipeline, or folder":
    "运行 id 或其开头、标签、name@tag、流水线名称，或运行的文件夹",
  "Check a pipeline as far as it can be without running it": "不运行，尽可能检查流水线",
  "Show what a pipeline would ask and cost, before it is paid for": "在付费之前显示流水线会问什么、花多少",
  "Make the prompts of N rows of each source": "为每个数据源的 N 行生成提示词",
  "Run K rows of each source for real, and forecast the whole run from them":
    "真正运行每个数据源的 K 行，并据此预测整个运行",
  "Probe rows drawn with the pipeline's seed, not the first ones":
    "用流水线的种子抽取试跑的行，而不是取前几行",
  "Run the first rows of a pipeline and show them after each step":
    "运行流水线的前几行，显示每一步之后的样子",
  "Take the first K rows of each source": "每个数据源取前 K 行",
  "Run what leads to this step, and show this step only": "只运行通向该步骤的部分，并只显示该步骤",
  "Show it again whenever the pipeline, an input or your code changes":
    "流水线、输入或你自己的代码一有变化就重新显示",
  "List the runs": "列出运行",
  "List the runs, as runs does": "列出运行，与 runs 相同",
  "Show how a run ended and what it left, as show does": "显示运行如何结束、留下了什么，与 show 相同",
  "Id or its beginning, tag, name@tag, name of a pipeline (newest run), latest, or folder":
    "运行 id 或其开头、标签、name@tag、流水线名称（最新的运行）、latest，或运行的文件夹",
  "Give a run a name, such as prod; a run that has it loses it":
    "给运行起名，例如 prod；原来叫这个名字的运行会失去它",
  "Letters, digits, dots, dashes; of each pipeline, one run has it":
    "字母、数字、点、连字符；每条流水线只有一次运行拥有它",
  "Take a tag away; the run stays": "去掉标签；运行保留",
  "A tag, or name@tag where several pipelines have it": "标签；几条流水线都有时写 name@tag",
  "Remove a run; what it asked for stays in the effect store": "删除运行；它问到的答案仍在副作用存储中",
  "Also when a tag stands for it; the tags go with it": "即使有标签指向它也删除；标签一并去掉",
  "Remove old runs; without --yes, say which would go": "删除旧的运行；没有 --yes 时只说明会删哪些",
  "Keep the N newest runs of each pipeline": "每条流水线保留最新的 N 次运行",
  "Runs that began before: an age such as 30d, or a date like 2026-01-31":
    "在此之前开始的运行：时长如 30d，或日期如 2026-01-31",
  "Remove them; runs with a tag stay in any case": "真正删除；带标签的运行始终保留",
  "Show how a run ended and what it left": "显示运行如何结束、留下了什么",
  "Report the figures of a run: rows, reasons, quality, cost, times":
    "报告运行的各项数字：行数、原因、质量、花费、耗时",
  "One of text, json, markdown, html": "text、json、markdown、html 之一",
  "Write it into this file": "写入这个文件",
  "Recompute every digest of a run and compare": "重新计算运行的每个摘要并比较",
  "The key that has to have signed the run": "必须签过该运行的公钥",
  "Judge the gates of a run anew, from its files alone": "只凭运行的文件重新判定门禁",
  "Judge by the gates of this pipeline file": "按这个流水线文件的门禁判定",
  "Override one value: gates.0.min=0.9, gates.1.no_worse_than=prod":
    "覆盖一个值：gates.0.min=0.9、gates.1.no_worse_than=prod",
  "text, json, junit or github": "text、json、junit 或 github",
  "Write the verdicts to this file as JUnit XML too": "同时把结论以 JUnit XML 写入这个文件",
  "Tell where a row comes from: sources, steps, effects, scores, end":
    "说明一行从何而来：数据源、步骤、副作用、得分、结局",
  "Its row id or sample_id, or the beginning of one": "行 id 或 sample_id，或其开头",
  "Show prompts and answers whole": "完整显示提示词和答案",
  "Say in what two runs differ: pipeline, inputs, rows, metrics, cost":
    "说明两次运行有何不同：流水线、输入、行、指标、花费",
  "The other run, likewise": "另一次运行，写法相同",
  "Compare the rows of this stage only": "只比较这个阶段的行",
  "Match rows by this column, by row_id or as a whole by row": "按这一列、按 row_id，或按整行（row）匹配行",
  "Rows of each kind to show": "每一类显示的行数",
  "Exit with 1 where they differ, as git diff does": "有差异时以 1 退出，与 git diff 相同",
  "Put all that a run was made from into one file": "把构成运行的一切放进一个文件",
  "The file to write": "要写的文件",
  "Leave the input files out; their digests stay": "不放入输入文件；保留其摘要",
  "Folder in which input paths start": "输入路径起始的文件夹",
  "Rebuild the run of a bundle offline, and compare what comes out": "离线重建打包文件中的运行，并比较结果",
  "A file that fastdistill bundle wrote": "fastdistill bundle 写出的文件",
  "Empty folder to work in": "工作用的空文件夹",
  "Where the inputs are that the bundle leaves out": "打包文件未包含的输入所在之处",
  "Unpack so many bytes at most": "最多解包这么多字节",
  "Sign a run that verifies, with an Ed25519 key": "用 Ed25519 密钥为通过校验的运行签名",
  "The private key, as fastdistill keys new makes it": "私钥，由 fastdistill keys new 生成",
  "Make a pair of Ed25519 keys to sign runs with": "生成一对用于签名的 Ed25519 密钥",
  "The private key; the public one gets .pub at its end": "私钥文件；公钥文件名以 .pub 结尾",
  "Write the dataset card of a run's exports": "为运行的导出写数据集卡片",
  "Headline": "标题",
  "Licence, such as apache-2.0, cc-by-4.0 or other": "许可证，例如 apache-2.0、cc-by-4.0 或 other",
  "Name of a licence that is other": "许可证为 other 时的名称",
  "Where the licence can be read": "可以读到许可证的地址",
  "Language of the texts, such as en": "文本的语言，例如 en",
  "Another tag": "另一个标签",
  "Use, such as text-generation": "用途，例如 text-generation",
  "Put the exports of a run on a dataset hub, with card and manifests":
    "把运行的导出连同卡片和清单放到数据集中心",
  "Dataset to push to; made where there is none": "要推送到的数据集；没有时新建",
  "Make a new dataset private": "新建的数据集设为私有",
  "Write the card and list the files, and send nothing": "写出卡片并列出文件，不发送任何内容",
  "Push a run that is partial or did not end well": "推送不完整或未正常结束的运行",
  "Address of the hub": "中心的地址",
  "List a pipeline's providers: models, endpoints, keys, limits, prices":
    "列出流水线的提供方：模型、端点、密钥、限制、价格",
  "Show what is known of a pipeline's provider, without its secrets":
    "显示流水线某个提供方的已知信息，不含秘密",
  "Name of the provider in the pipeline": "提供方在流水线中的名称",
  "Look whether endpoints answer, take the keys and know the models": "检查端点是否应答、接受密钥并认识模型",
  "List the providers, steps and tasks that a pipeline can use": "列出流水线可用的提供方、步骤和任务",
  "Show what a component takes, adds and may do": "显示组件需要什么、增加什么、可以做什么",
  "Name of a step, a task or a provider": "步骤、任务或提供方的名称",
  "Find components by a word of their name or summary": "按名称或简介中的词查找组件",
  "Any part of a name or a summary; upper and lower case are alike": "名称或简介的任意部分；不分大小写",
  "List the components of this project, and what they were granted": "列出本项目的组件，以及授予它们的权限",
  "Let a plugin do what it declares, or a part of it": "允许插件做它声明的事，或其中一部分",
  "Name of a component that the imports of deno.json name": "deno.json 的 imports 所列组件的名称",
  "Grant this of what it declares, and nothing else: net:api.example.com":
    "在它声明的权限中只授予这一项：net:api.example.com",
  "Grant run, ffi and sys as well, by which a plugin can leave its sandbox":
    "连同 run、ffi、sys 一并授予；插件可借此离开沙箱",
  "Take back what a plugin was granted": "收回授予插件的权限",
  "Write a plugin's repository: code, tests, example, CI": "写出插件的仓库：代码、测试、示例、CI",
  "What pipelines call the component: lower-case letters and underscores":
    "流水线中组件的名称：小写字母和下划线",
  "step, task or provider": "step、task 或 provider",
  "Folder to write; it must be empty or not there": "要写的文件夹；必须为空或不存在",
  "Who publishes it on JSR": "在 JSR 上发布它的 scope",
  "Look whether system, store, keys and endpoints are as runs need them":
    "检查系统、存储、密钥和端点是否满足运行的需要",
  "A pipeline whose files, keys and endpoints are looked at too": "同时检查这条流水线的文件、密钥和端点",
  "Write a script that completes commands and flags: bash, zsh or fish":
    "写出补全命令和选项的脚本：bash、zsh 或 fish",
  "bash, zsh or fish": "bash、zsh 或 fish",
  "Show what the layers of a pipeline come to, and who says what":
    "显示流水线各层合成的结果，以及每个值由谁规定",
  "List each value with the layer, file and line that it is from": "列出每个值及其来自的层、文件和行",
  "With defaults and variables, without secrets": "包含默认值和变量，不含秘密",
  "Write the JSON Schema of pipeline files, for editors": "写出流水线文件的 JSON Schema，供编辑器使用",
  "Write it into this file, and say how an editor finds it": "写入这个文件，并说明编辑器如何找到它",
  "For files that are laid over a pipeline: nothing has to be there": "用于叠加在流水线上的文件：没有必填项",
  "Write commented YAML for a component, or for a whole pipeline": "为组件或整条流水线写出带注释的 YAML",
  'A provider, step or task, or "pipeline" for every key of a file':
    "提供方、步骤或任务；写 pipeline 则给出文件的所有键",
  "Check every recorded effect, and add them up by kind and model":
    "检查每个已记录的副作用，并按种类和模型汇总",
  "Effects of this kind only, such as chat": "只看这一种副作用，例如 chat",
  "Effects of this model only": "只看这个模型的副作用",
  "Effects recorded since: an age such as 12h or 30d, or a date like 2026-01-31":
    "在此之后记录的副作用：时长如 12h 或 30d，或日期如 2026-01-31",
  "List recorded effects, the newest first": "列出已记录的副作用，新的在前",
  "How many to list": "列出多少个",
  "Say what of a pipeline is recorded, and why the rest is not": "说明流水线中哪些已有记录，其余为何没有",
  "A pipeline file, a run (as show takes it), or the first 8 or more digits of a key":
    "流水线文件、运行（写法与 show 相同），或键的前 8 位以上",
  "Effects of this step only": "只看这个步骤的副作用",
  "Rows that each source gives (default: 3); of a run, calls (default: 20)":
    "每个数据源给出的行数（默认 3）；对于运行，是调用数（默认 20）",
  "Effects of this row of its source only, from 0": "只看数据源中这一行的副作用，从 0 起",
  "Delete recorded effects; without --yes, say what would be deleted":
    "删除已记录的副作用；没有 --yes 时只说明会删什么",
  "Effects recorded before: an age such as 30d, or a date like 2026-01-31":
    "在此之前记录的副作用：时长如 30d，或日期如 2026-01-31",
  "Keep what this pipeline file, as it is, finds recorded": "保留这个流水线文件按现状能用到的记录",
  "Keep what the runs of the folder obtained": "保留文件夹中各次运行取得的记录",
  "Delete them; what is wanted again is then asked for again": "真正删除；再次需要时会重新提问",
  "Write recorded effects into one portable file": "把已记录的副作用写进一个可移动的文件",
  "JSON lines; appears whole, in place of what was there": "JSON Lines；一次性完整出现，取代原有文件",
  "Add the effects of an exported file, once all of it was checked": "全部检查通过后，加入导出文件中的副作用",
  "What fastdistill cache export wrote": "fastdistill cache export 写出的文件",
  "Print one JSON object on stdout, and nothing else there": "在 stdout 上只打印一个 JSON 对象",
  "Print errors and the final line only": "只打印错误和最后一行",
  "Print without colour, as NO_COLOR=1 does": "不带颜色打印，与 NO_COLOR=1 相同",
  "Show this help": "显示帮助",
};
