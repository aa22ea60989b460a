/**
 * The Chinese words of the page of components. The generator fails when an entry is missing or no longer needed.
 *
 * @module
 */
import type { Translations } from "./_reference_page.ts";
import { type ComponentWords, JUDGES_ZH } from "./_reference_zh_judges.ts";

/** Components in Chinese, by name. */
export const COMPONENTS_ZH: Translations<ComponentWords> = {
  ...JUDGES_ZH,
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
  extract_answer: {
    summary: "从数学题的解答中取出最终答案",
    keys: {
      from: "解答所在的列",
      to: "写入答案的列；没有答案时为空文本",
      style: "答案如何标出：`gsm8k` 取最后一个以 `####` 或 `A:` 开头的行，`boxed` 取最后一个 `\\boxed{}`，" +
        "`last_number` 取最后一个数字",
    },
  },
  keep_columns: {
    summary: "保留所选的列，丢弃其余的列",
    keys: { columns: "要保留的列，按希望的先后顺序书写" },
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
      int64:
        "数字可能无法表示的、超过 2^53 的整数：`fail` 拒绝会变成另一个数的，`text` 把数字读作文本，在 Parquet 和 Arrow 文件中则是整列",
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
      int64:
        "数字可能无法表示的、超过 2^53 的整数：`fail` 拒绝会变成另一个数的，`text` 把数字读作文本，在 Parquet 和 Arrow 文件中则是整列",
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
  embed_text: {
    summary: "添加文本的嵌入向量，由嵌入模型给出",
    keys: {
      field: "文本所在的列",
      to: "写入向量（数字列表）的列",
      dimensions: "向量中数字的个数，用于可以选择的模型",
      normalize: "是否把向量缩放为长度 1，使内积等于余弦",
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
