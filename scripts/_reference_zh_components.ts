/**
 * The Chinese words of the page of components. The generator fails when an entry is missing or no longer needed.
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

/** Components in Chinese, by name. */
export const COMPONENTS_ZH: Translations<ComponentWords> = {
  canonicalize_fields: {
    summary: "把所选的列写成规范 JSON，放入一个文本列",
    keys: {
      fields: "写成一个 JSON 对象的列",
      to: "写入文本的列",
      drop_nulls: "是否去掉为 null 的列",
      policy: "值如何变成字节：`v1`，或 `compat`，即 Python 前身的字节；缺省为 `v1`",
      line_column:
        "存放该行在文件中原文的列，用来区分 1.0 和 1；只用于 `compat`，参见 read_jsonl 的 `line_column`",
    },
  },
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
  clean_sql: {
    summary: "从模型的答案中取出 SQL",
    keys: {
      from: "模型答案所在的列",
      to: "写入 SQL 的列；没有 SQL 时为空文本",
      require_keyword: "只取开头像 SQL 语句的内容；设为 `false` 时，没有这种语句的答案按原样采用",
    },
  },
  count_tokens: {
    summary: "统计若干列的 token 数",
    keys: {
      columns: "合在一起统计 token 数的列",
      to: "写入 token 数的列",
      encoding:
        "按哪种编码统计：`o200k_base` 属于 GPT-4o 及以后的模型，`cl100k_base` 属于 GPT-4 和 3.5，`p50k_base` 和 `r50k_base` 属于更早的模型；对其他模型只是估计",
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
      against: "JSON Lines 文件；其中的行一律保留：本次运行中与其中某一行相近的行被去掉",
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
      against: "JSON Lines 文件：与其中某一行相近的行被去掉",
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
      against: "JSON Lines 文件；其中的行一律保留：本次运行中与其中某一行相近的行被去掉",
      against_on: "所比较的列在这些文件中另有名称时的名称，次序相同",
      action: "近似重复的行是拒绝，还是带上 `cluster_id`、`cluster_size` 和 `is_duplicate` 三列放行",
      cluster_columns: "其余的行被去掉时，保留的行是否得到 `cluster_id` 和 `cluster_size`",
      workers: "辅助进程数；结果与它无关",
    },
  },
  extract_answer: {
    summary: "从数学题的解答中取出最终答案",
    keys: {
      from: "解答所在的列",
      to: "写入答案的列；没有答案时为空文本",
      style: "答案如何标出：`gsm8k` 取最后一个以 `####` 或 `A:` 开头的行，`boxed` 取最后一个 `\\boxed{}`，" +
        "`last_number` 取最后一个数字",
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
  keep_columns: {
    summary: "保留所选的列，丢弃其余的列",
    keys: { columns: "要保留的列，按希望的先后顺序书写" },
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
  openai_compatible: {
    summary: "询问任何提供 OpenAI 式接口的端点：OpenAI、vLLM、Ollama、llama.cpp、Azure、OpenRouter",
    keys: {
      base_url:
        "接口所在的地址，即 `/chat/completions` 之前的部分；其中的查询参数（例如 Azure 的 `api-version`）会保留",
      model: "要询问的模型，用端点所用的名字",
      api_key: "作为 bearer 令牌发送的密钥；写成 `${env:NAME}`。缺省时读取 `api_key_env` 所指的环境变量",
      api_key_env: "保存密钥的环境变量；未设置时不发送密钥，这正适合大多数本地服务器",
      organization: "作为请求头 `OpenAI-Organization` 发送",
      headers: "另外的请求头，例如 Azure 的 `api-key`；优先于适配器自己发送的请求头",
      max_choices: "一次调用最多通过 `n` 请求多少个样本",
      max_inputs: "一次嵌入或重排调用最多发送多少个文本或文档",
      max_input_tokens: "这样一次调用最多发送多少个 token，按每个两字节估计",
      rerank_field:
        "端点如何称呼重排请求中的文档：documents（Jina、Cohere、vLLM）或 texts（Text Embeddings Inference）",
      extra: "放进每个请求体的字段，例如 `{top_k: 40}`；优先于解码参数",
    },
  },
  preference_pairs: {
    summary: "把同一提示词的较好和较差的答案组成对",
    keys: {
      group_by: "同一提示词的候选共有的一列或几列；这些候选像任务的样本那样排在一起",
      response: "候选所在的列：文本，或消息列表",
      score: "比较候选所用的数所在的列，大者为好",
      policy: "哪些候选组成对",
      margin: "一对的分数至少相差多少；分数相等的候选从不成对",
      ties: "同一提示词中分数相等的候选：由第一个代表，每个都算候选，或都不算",
      carry: "一对中两个候选都带上的列，写为 `chosen_<列>` 和 `rejected_<列>`，例如模型",
      max_candidates: "一个提示词最多有多少候选；超出的失败",
    },
  },
  read_files: {
    summary: "从 JSON Lines、JSON、CSV、Parquet 或 Arrow 文件读取行",
    keys: {
      path:
        "文件、文件夹、`data/*.parquet` 这样的模式、http(s) 或 s3:// 地址、表示标准输入的 `-`，或由它们组成的列表；" +
        "相对于流水线文件",
      format: "文件的格式；`auto` 按扩展名判断",
      compression: "整个文件的压缩方式；`auto` 按名字末尾的 .gz 或 .zst 判断",
      split: "读取 Hugging Face datasets 布局的文件夹中的哪个划分，例如 `train`",
      config: "读取这种文件夹中的哪个配置（子集）",
      limit: "最多读取多少行；缺省时全部读取",
      on_malformed: "遇到无法读取的记录怎么办：`fail` 结束运行，`skip` 略过，`quarantine` 存入运行的一个文件",
      on_drift: "文件的列或类型与其余不同时怎么办：`warn` 把缺少的读作 null，`fail` 结束运行",
      csv: "如何读取分隔文本",
      "csv.delimiter": "值之间的分隔符；缺省为逗号，.tsv 为制表符",
      "csv.columns": "各列的名字，用于第一行不是列名的文件",
      "csv.types": "某列的内容；未说明的为文本",
      "csv.null_values": "不带引号时表示 null 的值",
      records: "JSON 文档中存放行列表的键；缺省时文档本身就是列表",
      int64: "Parquet 和 Arrow 文件的 64 位整数：`fail` 拒绝超过 2^53 的值，`text` 把这些列读作文本",
      line_column: "写入 JSON Lines 每行原文的列",
      storage: "`s3://` 地址背后的对象存储",
      "storage.endpoint": "兼容 S3 的服务地址；缺省为 AWS",
      "storage.region": "请求签名所用的区域",
      "storage.access_key_env": "存放密钥名的变量",
      "storage.secret_key_env": "存放密钥本身的变量",
      "storage.session_token_env": "存放临时凭据令牌的变量；可以不设",
    },
  },
  expand_columns: {
    summary: "把列表的每个元素变成一行",
    keys: {
      columns: "含有列表的一列或多列；逐个元素放入各自的行",
      index_column: "接收元素在列表中的位置（从 0 起）的列；缺省时没有",
      on_unequal: "同一行的列表长度不同时：`fail` 使该行失败，`null` 用 null 补齐较短的列表",
    },
  },
  read_jsonl: {
    summary: "从 JSON Lines 文件读取行",
    keys: {
      path:
        "要读取的文件，相对于流水线文件，每行一个 JSON 对象；也可以是文件夹、`data/*.jsonl.gz` 这样的模式、http(s) 或 s3:// " +
        "地址、表示标准输入的 `-`，或由它们组成的列表",
      limit: "最多读取多少行；缺省时全部读取",
      on_malformed:
        "遇到不是 JSON 对象的行怎么办：`fail` 结束运行，`skip` 略过该行，`quarantine` 存入运行的一个文件",
      compression: "字节的压缩方式；缺省时按名字末尾的 .gz 或 .zst 判断",
      line_column: "写入每行原文的列，供哈希策略 `compat` 的 ID 使用",
      storage: "`s3://` 地址背后的对象存储",
      "storage.endpoint": "兼容 S3 的服务地址；缺省为 AWS",
      "storage.region": "请求签名所用的区域",
      "storage.access_key_env": "存放密钥名的变量",
      "storage.secret_key_env": "存放密钥本身的变量",
      "storage.session_token_env": "存放临时凭据令牌的变量；可以不设",
    },
  },
  rename_columns: {
    summary: "给列改名",
    keys: { rename: "旧名到新名；两列可以互换名字" },
  },
  replay: {
    summary: "用以前运行的录制文件作答，不需要网络，也不需要密钥",
    keys: {
      recording: "由提供方的 `record` 选项写出的文件，相对于流水线文件",
      model: "由录制中的哪个模型作答；只有录制中包含多个模型时才需要",
      on_missing: "遇到从未录制过的请求怎么办：报错，并说明它与最接近的已录制请求有何不同",
    },
  },
  rows: {
    summary: "给出直接写在流水线中的行",
    keys: { rows: "这些行本身，每一行写成一个对象" },
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
  sample_id: {
    summary: "根据内容给每一行一个 ID",
    keys: {
      fields: "哪些列决定一个样本是什么",
      to: "写入 ID 的列",
      policy: "值如何变成字节：`v1`，或 `compat`，即 Python 前身的字节；缺省为 `v1`",
      separator: "字段之间的分隔符，只用于 `compat`；缺省为竖线",
      field_names: "是否在每个字段前加上名字，只用于 `compat`",
      line_column:
        "存放该行在文件中原文的列，用来区分 1.0 和 1；只用于 `compat`，参见 read_jsonl 的 `line_column`",
    },
  },
  python_exec: {
    summary: "在沙箱中运行 Python 程序，用测试或输入输出检查它",
    keys: {
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
    },
  },
  js_exec: {
    summary: "在沙箱中运行 JavaScript 或 TypeScript 程序，用测试或输入输出检查它",
    keys: {
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
  set_columns: {
    summary: "用常量、CEL 表达式或填好的模板设置列",
    keys: {
      set: "列名到常量",
      expr: "列名到针对行的 CEL 表达式",
      template: "列名到由行填充的模板",
    },
  },
  sort: {
    summary: "按一列或几列给所有行排序",
    keys: {
      by: "排序所依据的列；给出多列时，第一列最重要，后面的列用来区分前面相等的行",
      descending: "是否大者在前",
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
    summary: "在 SQLite 数据库上执行查询，并把结果与标准查询的结果比较",
    keys: {
      database: "SQLite 文件的路径，或用来构建数据库的 `.sql` 脚本的路径；由行填充的模板",
      sql: "查询所在的列",
      gold: "标准查询（其结果就是正确结果）所在的列，也可以是这种查询的列表；`null` 表示没有",
      timeout_ms: "一个查询最多执行多少毫秒",
      max_rows: "一个结果最多有多少行",
      float_tolerance: "两个数至少有一个不是整数时允许的相对误差",
      order: "行的顺序何时算数：`auto` 在标准查询的最外层有排序时，`always` 总是，`never` 从不",
    },
  },
  embed_text: {
    summary: "添加文本的嵌入向量，由嵌入模型给出",
    keys: {
      field: "文本所在的列",
      to: "写入向量（数字列表）的列",
      dimensions: "向量中数字的个数，用于可以选择的模型",
      normalize: "是否把向量缩放为长度 1，使内积等于余弦",
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
  text_generation: {
    summary: "请模型生成一段文本",
    keys: {
      template: "向模型提出的内容：由行填充的模板",
      system_prompt: "系统消息，同样是模板；缺省时没有系统消息",
      to: "写入答案的列",
      model_column: "写入模型版本字符串的列；`null` 表示不写",
      sample_column: "写入该样本在本行 `n` 个样本中的位置（从 0 开始）的列；`null` 表示不写",
      finish_column: "写入模型停止原因（`stop`、`length`、`tool_calls` 或 `other`）的列；`null` 表示不写",
    },
  },
  write_eval: {
    summary: "写出评测集：提示词及其正确答案",
    keys: {
      path: "要写的文件，相对于运行目录中的 `exports` 文件夹；含有 `{split}` 时每个划分一个文件",
      split_column: "写明一行属于哪个划分的列；路径中含有 `{split}` 时读取",
      prompt:
        "提示词所在的列（文本；设了 `conversational` 时也可以是消息列表），含有 `{{` 时是模板；缺省时取 `prompt`、`instruction`、`question` 中第一个存在的列",
      system: "系统消息，含有 `{{` 时是模板；缺省时没有",
      ideal: "正确答案所在的列，也可以是若干正确答案的列表",
      id: "样本 ID 所在的列；缺省时由提示词和答案得出",
      metadata: "一并写到 `metadata` 之下的列",
    },
  },
  write_files: {
    summary: "把行写入 JSON Lines、JSON、CSV、Parquet 或 Arrow 文件",
    keys: {
      path:
        "要写的文件，相对于运行目录中的 `exports` 文件夹，或 s3://bucket/key；扩展名决定格式。`{split}` 代表行的划分，" +
        "`{shard}` 代表文件的编号，`{shards}` 代表文件总数，例如 `data/{split}-{shard}-of-{shards}.parquet`",
      format: "格式；`auto` 按路径的扩展名判断",
      compression: "整个文本文件的压缩方式；`auto` 按路径末尾的 .gz 或 .zst 判断",
      columns: "要写出的列，按此顺序；缺省时写出全部",
      types: "Parquet 和 Arrow 文件中某列的类型，用于与行所示不同的情形",
      rows_per_file: "一个文件最多多少行；路径中需要 `{shard}`",
      row_group_rows: "一个行组或记录批的行数，也就是留在内存里的行数",
      codec: "Parquet 文件内部的压缩方式",
      delimiter: "CSV 的值之间的分隔符；缺省为逗号，.tsv 为制表符",
      split_column: "写明一行属于哪个划分的列；路径中含有 `{split}` 时读取",
      storage: "`s3://` 地址背后的对象存储",
      "storage.endpoint": "兼容 S3 的服务地址；缺省为 AWS",
      "storage.region": "请求签名所用的区域",
      "storage.access_key_env": "存放密钥名的变量",
      "storage.secret_key_env": "存放密钥本身的变量",
      "storage.session_token_env": "存放临时凭据令牌的变量；可以不设",
    },
  },
  write_jsonl: {
    summary: "把行写入 JSON Lines 文件",
    keys: {
      path: "要写的文件，相对于运行目录中的 `exports` 文件夹；含有 `{split}` 时每个划分一个文件",
      split_column: "写明一行属于哪个划分的列；路径中含有 `{split}` 时读取",
      columns: "要写出的列，按此顺序；缺省时写出该行的所有列",
    },
  },
  write_preference: {
    summary: "写出用于偏好训练的样本：DPO、ORPO、KTO",
    keys: {
      path: "要写的文件，相对于运行目录中的 `exports` 文件夹；含有 `{split}` 时每个划分一个文件",
      split_column: "写明一行属于哪个划分的列；路径中含有 `{split}` 时读取",
      format: "样本的形式",
      prompt:
        "提示词所在的列（文本；设了 `conversational` 时也可以是消息列表），含有 `{{` 时是模板；缺省时取 `prompt`、`instruction`、`question` 中第一个存在的列",
      system: "系统消息，含有 `{{` 时是模板；只与 `conversational` 一起使用，缺省时没有",
      conversational: "提示词和答案是否写成消息列表",
      chosen: "较好的答案所在的列",
      rejected: "较差的答案所在的列",
      completion: "不成对的行的答案所在的列；只与格式 `kto` 和 `label` 一起使用",
      label: "写明 `completion` 是否是好答案的列；只用于格式 `kto`",
      explicit_prompt: "提示词是否单独成为一个字段；否则 `chosen` 和 `rejected` 以它开头",
      metadata: "一并写到 `metadata` 之下的列",
    },
  },
  write_prm: {
    summary: "写出用于训练过程奖励模型的样本，逐步标注",
    keys: {
      path: "要写的文件，相对于运行目录中的 `exports` 文件夹；含有 `{split}` 时每个划分一个文件",
      split_column: "写明一行属于哪个划分的列；路径中含有 `{split}` 时读取",
      prompt:
        "提示词所在的列（文本；设了 `conversational` 时也可以是消息列表），含有 `{{` 时是模板；缺省时取 `prompt`、`instruction`、`question` 中第一个存在的列",
      completions: "解答的步骤列表所在的列",
      labels: "写明每一步是否正确的列表所在的列：真或假，设了 `threshold` 时也可以是数",
      threshold: "标签是数时，正确的步骤至少是多少",
      metadata: "一并写到 `metadata` 之下的列",
    },
  },
  write_reward: {
    summary: "写出用于训练奖励模型的样本",
    keys: {
      path: "要写的文件，相对于运行目录中的 `exports` 文件夹；含有 `{split}` 时每个划分一个文件",
      split_column: "写明一行属于哪个划分的列；路径中含有 `{split}` 时读取",
      prompt:
        "提示词所在的列（文本；设了 `conversational` 时也可以是消息列表），含有 `{{` 时是模板；缺省时取 `prompt`、`instruction`、`question` 中第一个存在的列",
      system: "系统消息，含有 `{{` 时是模板；只与 `conversational` 一起使用，缺省时没有",
      conversational: "提示词和答案是否写成消息列表",
      chosen: "较好的答案所在的列",
      rejected: "较差的答案所在的列",
      margin: "好多少所在的列，是大于 0 的数；`null` 表示不写",
      explicit_prompt: "提示词是否单独成为一个字段；否则 `chosen` 和 `rejected` 以它开头",
      metadata: "一并写到 `metadata` 之下的列",
    },
  },
  write_sft: {
    summary: "写出用于监督微调的样本",
    keys: {
      path: "要写的文件，相对于运行目录中的 `exports` 文件夹；含有 `{split}` 时每个划分一个文件",
      split_column: "写明一行属于哪个划分的列；路径中含有 `{split}` 时读取",
      format: "样本的形式",
      prompt:
        "提示词所在的列；含有 `{{` 时是模板；缺省时取 `prompt`、`instruction`、`question` 中第一个存在的列",
      completion:
        "补全所在的列；缺省时取 `completion`、`sql`、`answer`、`generation`、`response` 中第一个存在的列",
      system: "系统消息，含有 `{{` 时是模板，用于还没有系统消息的对话；缺省时没有系统消息",
      input: "格式 `alpaca` 的 input 所在的列；缺省时为空",
      messages: "保存整个对话（消息列表）的列，代替 `prompt` 和 `completion`",
      tool_calls: "补全所作的工具调用所在的列",
      tools: "模型可以调用的工具列表所在的列",
      tool_arguments: "工具的参数怎样写出：像 OpenAI 那样写成文本，或像聊天模板需要的那样写成对象",
      conversational: "格式 `prompt_completion` 的提示词和补全是否写成消息列表",
      metadata: "一并写到 `metadata` 之下的列",
    },
  },
};
