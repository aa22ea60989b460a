/**
 * The Chinese words of the components that judge, choose, keep apart or find again: evaluators, filters, deduplication and
 * splits. The generator fails when an entry is missing or no longer needed.
 *
 * @module
 */
import type { Translations } from "./_reference_page.ts";

/** A component in Chinese. */
export interface ComponentWords {
  /** What it does, without a full stop. */
  readonly summary: string;
  /** Meanings of its keys, by path. */
  readonly keys: Translations<string>;
}

/** What the evaluators of programs have in common. */
const CODE_KEYS: Translations<string> = {
  code: "程序所在的列",
  tests: "测试所在的列，测试在程序之后运行：一段文本或文本列表",
  entry_point: "传给名为 `check` 的测试的函数名所在的列",
  cases: "输入和正确输出所在的列：`{stdin, stdout}` 的列表，或 `{inputs, outputs}`",
  whitespace: "输出如何比较：逐字、忽略行尾空白，或逐词",
  float_tolerance: "逐词比较时两个数允许的差，大于 1 时为相对差",
  timeout_ms: "程序连同全部测试，或一个用例，最多用多少毫秒",
  memory_mb: "程序最多用多少兆字节内存",
  max_output_bytes: "一次运行最多写出多少字节",
  processes: "同时运行多少个程序",
};

/** Those components in Chinese, by name. */
export const JUDGES_ZH: Translations<ComponentWords> = {
  check_leakage: {
    summary: "找出文本或近似重复簇也出现在另一个划分中的行",
    keys: {
      split_column: "写明一行属于哪个划分的列",
      cluster_column: "近似重复的行共有的列；一个簇不得分在两个划分中，`null` 表示不属于任何簇",
      texts: "这些列合在一起，不得出现在两个划分中；比较时不计大小写、空白、标点和 Unicode 形式",
      on_leak: "已在另一个划分中出现的行怎么办：使其失败、以 `leakage` 拒绝，或做标记后放行",
      to: "写明该行是否泄漏的列；只与 `mark` 一起使用",
    },
  },
  decontaminate: {
    summary: "找出与基准测试文件有相同词 n-gram 的行",
    keys: {
      columns: "要比较其文本的列，各列分别比较",
      against: "基准测试",
      "against.*.path": "基准测试文件，相对于流水线文件：`.jsonl`，或每行一段文本",
      "against.*.fields": "`.jsonl` 文件中要比较的字段；不写则为所有文本字段",
      ngram: "n-gram 的词数；13 出自 arXiv:2005.14165，8 更严格",
      min_words: "比 n-gram 短的基准文本，从多少词起整段查找；更短的不计",
      min_overlap: "文本中至少有多大比例的词落在相同的 n-gram 里；为 0 时有一个 n-gram 相同即可",
      action: "受污染的行怎么办：以 `contaminated` 拒绝，或做标记后放行",
      to: "写明该行是否受污染的列；只与 `mark` 一起使用",
      detail_to: "写入来源、重叠比例和相同词语的列，没有时为 `null`；只与 `mark` 一起使用",
    },
  },
  dedup_exact: {
    summary: "所选列的值都相同的行中，只保留第一行",
    keys: { on: "哪一列（或哪几列）的值不允许重复出现" },
  },
  dedup_minhash: {
    summary: "用 MinHash 找出几乎相同的文本，每簇保留一行",
    keys: {
      on: "要比较的文本所在的列，可以是多列",
      threshold: "两个片段集合的 Jaccard 相似度达到多少算相近",
      unit: "片段由什么组成；字符适合短文本和不用空格分词的语言",
      size: "一个片段有多少个单位；省略时为 5 个字符或 3 个词",
      punctuation: "标点和符号是否计入",
      permutations: "一个签名最多有多少个值",
      miss_weight: "选择分段时，漏掉一对相近的行占多大权重；其余是白白比较一对行的权重",
      bands: "签名分为多少段；省略时由阈值选定",
      rows_per_band: "每段有多少个值；省略时由阈值选定",
      keep: "簇中保留哪一行：第一行、文本最长的行，或 `by` 所写的列中数值最高（最低）的行；相同时取第一行",
      by:
        "`keep` 所依据的列：对 `highest` 和 `lowest` 是其中的数值，`null` 比任何值都差；对 `longest` 是其中的文本，代替所比较的文本",
      against:
        "`read_files` 能读的任何格式的文件，格式按扩展名判断；其中的行一律保留：本次运行中与其中某一行相近的行被去掉",
      against_on: "所比较的列在这些文件中另有名称时的名称，次序相同",
      action: "近似重复的行是拒绝，还是带上 `cluster_id`、`cluster_size` 和 `is_duplicate` 三列放行",
      cluster_columns: "其余的行被去掉时，保留的行是否得到 `cluster_id` 和 `cluster_size`",
      workers: "辅助进程数；结果与它无关",
    },
  },
  dedup_near: {
    summary: "在行流过时，去掉与之前某行几乎相同的文本",
    keys: {
      on: "要比较的文本所在的列，可以是多列",
      threshold: "两个片段集合的 Jaccard 相似度达到多少算相近",
      unit: "片段由什么组成；字符适合短文本和不用空格分词的语言",
      size: "一个片段有多少个单位；省略时为 5 个字符或 3 个词",
      punctuation: "标点和符号是否计入",
      permutations: "一个签名最多有多少个值",
      miss_weight: "选择分段时，漏掉一对相近的行占多大权重；其余是白白比较一对行的权重",
      bands: "签名分为多少段；省略时由阈值选定",
      rows_per_band: "每段有多少个值；省略时由阈值选定",
      against: "`read_files` 能读的任何格式的文件，格式按扩展名判断：与其中某一行相近的行被去掉",
      against_on: "所比较的列在这些文件中另有名称时的名称，次序相同",
      action: "近似重复的行是拒绝，还是带上 `is_duplicate` 列放行",
      memory_mb: "记住的行可占多少兆字节，`against` 的行另有同样多；占满后，前者中最早的行被忘记",
    },
  },
  dedup_semantic: {
    summary: "按嵌入向量找出意思几乎相同的行，每簇保留一行",
    keys: {
      on: "向量（数字列表）所在的列，如 `embed_text` 所添加的",
      threshold: "两个向量的余弦达到多少算相近",
      keep: "簇中保留哪一行：第一行、文本最长的行，或 `by` 所写的列中数值最高（最低）的行；相同时取第一行",
      by:
        "`keep` 所依据的列：对 `highest` 和 `lowest` 是其中的数值，`null` 比任何值都差；对 `longest` 是其中的文本，代替所比较的文本",
      against:
        "`read_files` 能读的任何格式的文件，格式按扩展名判断；其中的行一律保留：本次运行中与其中某一行相近的行被去掉",
      against_on: "所比较的列在这些文件中另有名称时的名称，次序相同",
      action: "近似重复的行是拒绝，还是带上 `cluster_id`、`cluster_size` 和 `is_duplicate` 三列放行",
      cluster_columns: "其余的行被去掉时，保留的行是否得到 `cluster_id` 和 `cluster_size`",
      workers: "辅助进程数；结果与它无关",
    },
  },
  format_rules: {
    summary: "按规则检查文本的形式：模式、小节、语法、长度、文字、重复",
    keys: {
      from: "文本所在的列",
      must_match: "RE2 语法的模式，每个都必须在某处匹配",
      must_not_match: "RE2 语法的模式，一个都不许匹配",
      sections: "必须出现的标题：Markdown 标题、加粗的一行，或以冒号结尾的一行；不分大小写",
      sections_in_order: "标题是否必须按列表的顺序出现",
      valid_as:
        "文本必须是什么：`json`、`json_object`、`json_lines`、`xml`，或 `fenced`，即只有一个 Markdown 围栏代码块",
      fence_language: "围栏代码块的语言；不写则任意",
      min_words: "最少词数；每个汉字或假名算一个词",
      max_words: "最多词数；不写则不限",
      min_lines: "最少的非空行数",
      max_lines: "最多的非空行数；不写则不限",
      scripts: "字母可以属于哪些 Unicode 文字，如 Latin、Han、Cyrillic；为空则任意",
      min_script_share: "属于这些文字的字母至少占多大比例",
      languages: "文本可以是哪些语言，按 ISO 639-1 书写，如 en、zh；为空则任意，识别不出语言的文本视为满足",
      repetition: "是否按 arXiv:2112.11446 表 A1 的界限，拒绝重复行或重复 n-gram 的文本",
      prose: "是否按同一张表的界限，拒绝不是英文散文的文本",
      max_ngram_repeats: "同一个 n-gram 最多可出现几次；不写则不限",
      ngram: "这种 n-gram 的词数",
      to: "写入所有规则是否都满足的列",
      errors_to: "写入违反了哪些规则及原因的列",
      action: "违反规则的行怎么办：带标记放行，或以第一条违反的规则为原因拒绝",
    },
  },
  function_call_check: {
    summary: "检查工具调用：名称、参数是否符合 Schema，以及是否就是正确的调用",
    keys: {
      calls: "调用所在的列，可以是列表或文本",
      tools: "可调用的工具所在的列",
      definitions: "可调用的工具，用于所有行都相同的情况",
      gold: "正确调用所在的列",
      gold_format: "正确调用的写法：直接写成调用，或像 BFCL 那样为每个参数列出可接受的值",
      order: "调用的顺序可否与正确调用不同",
      allow_extra: "可否有正确调用之外的调用",
      strings: "文本是逐字比较，还是不计大小写、空白和标点",
      required: "必须调用的工具名",
      min_calls: "最少调用次数；不调用也算答案时设为 0",
      max_calls: "最多调用次数",
      action: "调用有误的行怎么办：带标记放行，或以 `invalid_call`、`call_mismatch` 拒绝",
    },
  },
  json_schema: {
    summary: "按 JSON Schema 检查一个值，或一段应为 JSON 的文本",
    keys: {
      from: "值或应为 JSON 的文本所在的列",
      schema: "JSON Schema，2020-12 版",
      schema_file: "保存 Schema 的 JSON 文件，相对于流水线文件",
      to: "写入该值是否有效的列",
      errors_to: "写入各处问题及其位置的列；没有问题时为空列表",
      parsed_to: "写入解析出的 JSON 值的列；文本不是 JSON 时为 `null`",
      allow_fence: "文本可否放在 Markdown 围栏里",
      max_chars: "文本最多多少字符",
      action: "无效的行怎么办：带标记放行，或以 `not_json`、`schema_invalid` 拒绝",
    },
  },
  mask_pii: {
    summary: "按形状找出个人信息和机密，并遮盖",
    keys: {
      columns: "要查找的列；列表和对象（如对话）中的所有文本都会查找",
      kinds: "查找哪些种类",
      allow: "可以保留的值，按文本中的写法，例如客服邮箱",
      action: "找到内容的行怎么办：换成 `[EMAIL_1]` 这样的占位符，以 `pii` 拒绝，或原样放行",
      to: "写入是否找到内容的列",
      count_to: "写入找到多少处的列",
      per_kind: "是否为每个种类单设一列写入处数，如 `pii_email`",
    },
  },
  math_equal: {
    summary: "按值比较数学题的答案与正确答案",
    keys: {
      answer: "答案所在的列",
      reference: "正确答案所在的列，也可以是若干正确答案的列表",
      to: "写入两者是否相等的列",
      tolerance: "两个数至少有一个写成小数时允许的误差；数值大于 1 时按相对误差计，否则按绝对误差计",
      units: "单位是否算数：两个答案都有单位时算，只有一个有时也算，或从不算",
    },
  },
  measure_diversity: {
    summary: "度量所有行合在一起有多多样",
    keys: {
      text: "要比较的文本所在的列",
      embedding: "要比较的向量所在的列，即 `embed_text` 添加的列",
      ngrams: "`distinct_1`、`distinct_2` 等所用的 n-gram 长度；只与 `text` 一起使用",
      vendi: "是否计算 2 阶 Vendi 分数，最多取 2,000 行；只与 `embedding` 一起使用",
      sample: "数值最多依据多少行：取行 ID 散列最小的那些行",
    },
  },
  rule_filter: {
    summary: "拒绝空的、过短、过长或形式不对的文本",
    keys: {
      field: "文本所在的列",
      min_chars: "最少字符数（按 Unicode 码点计）",
      max_chars: "最多字符数（按 Unicode 码点计）；缺省时不限",
      pattern: "必须在某处匹配的正则表达式（JavaScript 语法，标志 `u`）",
      not_pattern: "任何地方都不得匹配的正则表达式（JavaScript 语法，标志 `u`）",
    },
  },
  python_exec: {
    summary: "在沙箱中运行 Python 程序，用测试或输入输出检查它",
    keys: CODE_KEYS,
  },
  js_exec: {
    summary: "在沙箱中运行 JavaScript 或 TypeScript 程序，用测试或输入输出检查它",
    keys: {
      ...CODE_KEYS,
      language: "程序和测试用什么语言编写",
      type_check: "有类型错误的程序是否失败；用于 TypeScript",
    },
  },
  score_exec: {
    summary: "根据查询能否执行、结果是否正确给行打分",
    keys: {
      exec_score: "查询能执行时的分数",
      gold_score: "查询结果正确时的分数",
      fail_score: "查询不能执行时的分数",
      to: "写入分数的列",
    },
  },
  select: {
    summary: "保留满足条件的行，或每组中最好的行",
    keys: {
      where: "针对行的 CEL 条件；不满足的行以 `not_selected` 被拒绝",
      best_of: "同组的行在这一列有相同的值；每组只留下最好的行",
      order_by: "组内按这一列比较，大者为先；只与 `best_of` 一起使用",
      keep: "每组留下多少行；只与 `best_of` 一起使用",
    },
  },
  select_diverse: {
    summary: "选出嵌入向量彼此相距较远的行",
    keys: {
      embedding: "一行的向量所在的列，即 `embed_text` 添加的列",
      count: "最多保留多少行",
      method: "如何选择：每次取离已选各行最远的一行，或按分数从高到低、只要与已选的行不太相似就取",
      score: "数值列，越大越靠前；`score_first` 必须有，`k_center` 从最好的一行开始",
      threshold: "与某个已选行的余弦达到多少算太相似；只与 `score_first` 一起使用",
      to: "写入与此前已选的最近一行的余弦的列；第一行为 `null`",
      max_rows: "最多保存多少行的向量；超出则结束运行",
    },
  },
  split: {
    summary: "根据内容把每一行放入一个划分，例如 train、eval 或 test",
    keys: {
      by: "决定划分的一列或几列：值相同的行在同一个划分中；写簇所在的列，近似重复的行就不会分开",
      otherwise: "`by` 的各列都是 null 时由哪些列决定；缺省时这样的行失败",
      shares: "各划分的名字，以及每个划分应占的比例；比例之和为 1",
      salt: "任意文本；换一个就得到另一种划分",
      to: "写入划分名字的列",
    },
  },
  sql_exec: {
    summary: "在 SQLite 或 DuckDB 数据库上执行查询，并把结果与标准查询的结果比较",
    keys: {
      database: "数据库文件的路径，或用来构建数据库的 `.sql` 脚本的路径；由行填充的模板",
      tables:
        "DuckDB 的表：表名，以及保存其行的文件（CSV、Parquet、JSON Lines 和 `read_files` 能读的其他格式）；路径或通配，由行填充的模板。有了它，`database` 是 `.sql` 脚本或不写",
      dialect: "执行查询的引擎，查询用它的 SQL 写成",
      sql: "查询所在的列",
      gold: "标准查询（其结果就是正确结果）所在的列，也可以是这种查询的列表；`null` 表示没有",
      timeout_ms: "一个查询最多执行多少毫秒",
      max_rows: "一个结果最多有多少行",
      float_tolerance: "两个数至少有一个不是整数时允许的相对误差",
      order: "行的顺序何时算数：`auto` 在标准查询的最外层有排序时，`always` 总是，`never` 从不",
    },
  },
  score_relevance: {
    summary: "添加文档与查询的相关程度，由重排模型给出",
    keys: {
      query: "查询所在的列",
      document: "文档所在的列",
      to: "写入分数的列；越高越相关",
    },
  },
};
