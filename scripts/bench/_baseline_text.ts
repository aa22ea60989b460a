/** What the baseline page says of one bench, besides its figures. */
export interface BenchText {
  /** Its file in this folder and its task, without `bench:`. */
  readonly bench: string;
  readonly heading: Bilingual;
  readonly meaning: Bilingual;
}

/** A text in both languages of the documentation. */
export interface Bilingual {
  readonly en: string;
  readonly zh: string;
}

/** Beginning of the page. */
export const INTRODUCTION: Bilingual = {
  en:
    "What the runtime costs, measured. `deno task bench:baseline` runs everything below and writes this page anew. " +
    "Figures in parentheses are measured in the same run on the same machine without FastDistill, or computed: " +
    "compare those when the machine is another one.",
  zh:
    "运行时的开销，实测所得。`deno task bench:baseline` 会运行下面的全部基准测试并重写本页。括号里的数字是同一次测量中" +
    "同一台机器上不用 FastDistill 时的结果，或者是计算值：换一台机器时请比较它们。",
};

/** The page's headings that belong to no bench. */
export const HEADINGS: { readonly title: Bilingual; readonly machine: Bilingual } = {
  title: { en: "Baseline", zh: "性能基线" },
  machine: { en: "Machine", zh: "机器" },
};

/** All benches, in the order of the page. */
export const BENCHES: readonly BenchText[] = [
  {
    bench: "orchestration",
    heading: { en: "Orchestration", zh: "编排" },
    meaning: {
      en:
        "Rows through five steps that do nothing: what ids, canonical order, ledger, timing and reports cost. The " +
        "smaller number of rows includes more of the fixed cost of a run: opening, fsync, reports. Target: " +
        "100,000 rows/s with 20,000 rows.",
      zh:
        "让行经过五个什么也不做的步骤：衡量 ID、规范顺序、账本、计时和报告的开销。行数较少时，一次运行的固定开销（打开、" +
        "fsync、报告）占比更大。目标：20,000 行时 100,000 行/秒。",
    },
  },
  {
    bench: "utilisation",
    heading: { en: "Utilisation", zh: "利用率" },
    meaning: {
      en:
        "Calls of a server double in another process with lognormal latency. The ideal pool takes the next call " +
        "the moment a place is free and costs nothing itself; its time is computed from the same latencies. " +
        "Whole runs are compared, with opening and reports. Target: 97 % of the ideal pool, and the same output " +
        "whatever is in flight.",
      zh:
        "向另一个进程中的服务器替身发出调用，延迟服从对数正态分布。理想池在一个位置空出的瞬间就取下一个调用，自身没有开销；" +
        "它的用时由同样的延迟算出。比较的是整个运行，包括打开和报告。目标：达到理想池的 97 %，且无论有多少调用在途，输出都相同。",
    },
  },
  {
    bench: "cost_per_call",
    heading: { en: "Cost per call", zh: "每次调用的开销" },
    meaning: {
      en:
        "Everything that one model call takes of this process: template, effect key, gateway, HTTP, parsing, " +
        "recording, ledger, event, stage. Processor time counts all threads, user and system. Targets: at most " +
        "400 us, and 2,500 calls/s.",
      zh:
        "一次模型调用占用本进程的全部开销：模板、副作用键、网关、HTTP、解析、记录、账本、事件、阶段。处理器时间包括所有线程的" +
        "用户态和内核态时间。目标：不超过 400 us，2,500 次调用/秒。",
    },
  },
  {
    bench: "limits_loopback",
    heading: { en: "Limits of real servers", zh: "真实服务器的限制" },
    meaning: {
      en:
        "Servers on loopback, each in a process of its own: one refuses more than 100 calls a second, one works on 10 " +
        "calls at once and queues the others silently. Ours knows neither limit; 4 and 64 calls in flight are fixed " +
        "numbers. Runs are short, so the time in which the limit is found counts in full.",
      zh:
        "回环地址上的服务器，各在自己的进程中：一个每秒拒绝超过 100 次的调用，另一个同时只处理 10 个调用，其余的默默排队。" +
        "我们的控制器事先不知道这些限制；4 和 64 个在途调用是固定的数目。运行很短，因此寻找限制所用的时间全部计入。",
    },
  },
  {
    bench: "hedging",
    heading: { en: "Hedging", zh: "对冲" },
    meaning: {
      en:
        "Calls with lognormal latency, of which 1 % hang for 30 seconds, in virtual time: with `limits.hedge` and " +
        "without. The budget counts a copy that was given up at its worst case, because it may have been paid for.",
      zh:
        "延迟服从对数正态分布的调用，其中 1 % 会卡住 30 秒，在虚拟时间中运行：使用与不使用 `limits.hedge`。" +
        "被放弃的副本可能已经付费，因此预算按最坏情况计入。",
    },
  },
  {
    bench: "budget",
    heading: { en: "Budget", zh: "预算" },
    meaning: {
      en:
        "Rows that make one call of each of two providers, until the money is spent, in virtual time. What the money " +
        "could complete is computed from what a row costs on average without a limit. Breadth first makes all first calls " +
        "before the second ones, as a step that needs all rows between them does; there `budget.share` helps. Targets: 95 % of the rows, and nothing overspent, counted where the bills are written.",
      zh:
        "每行先后调用两个提供方各一次，直到钱用完，在虚拟时间中运行。这笔钱能完成多少行，由没有限额时每行的平均花费算出。" +
        "广度优先是先发出所有的第一次调用，再发出第二次，就像中间有一个需要全部行的步骤；这时 `budget.share` 有帮助。目标：完成 95 % 的行，且按开账单一方的计数毫不超支。",
    },
  },
  {
    bench: "targets",
    heading: { en: "Targets", zh: "目标" },
    meaning: {
      en:
        "Candidates of one call each, until the target is reached, in virtual time; the median call takes one second. " +
        "Without pacing as many are taken up as a run has room for. Calls in vain are those of candidates beyond the " +
        "last one that was needed, in per cent of those that were.",
      zh:
        "每个候选一次调用，直到达到目标，在虚拟时间中运行；调用的中位数为一秒。不控制节奏时，运行容得下多少就取用多少。" +
        "白费的调用是最后一个所需候选之后的那些，以所需调用的百分比表示。",
    },
  },
  {
    bench: "rerun",
    heading: { en: "Re-run", zh: "重新运行" },
    meaning: {
      en:
        "A run that was done before, done again: every answer comes from the effect store, no call is made. " +
        "Target: 20,000 rows/s.",
      zh: "把做过的运行再做一遍：所有答案都来自副作用存储，不发出任何调用。目标：20,000 行/秒。",
    },
  },
  {
    bench: "data",
    heading: { en: "Data", zh: "数据" },
    meaning: {
      en:
        "What is done to every row: canonical JSON and SHA-256, reading JSON lines, the effect store. Then " +
        "deduplication: exact, near (two helper processes, one word in ten replaced in one text of five; pairs with a " +
        "Jaccard similarity of 0.7 are near, an exact search finds all of them) and by embeddings.",
      zh:
        "对每一行所做的事：规范 JSON 与 SHA-256、读取 JSON 行、副作用存储。其后是去重：精确去重、近似去重（两个辅助进程，" +
        "每五个文本中有一个是十词换一的副本；Jaccard 相似度达到 0.7 为相近，精确搜索找出其全部）以及按嵌入向量去重。",
    },
  },
  {
    bench: "evaluators",
    heading: { en: "Evaluators", zh: "评估器" },
    meaning: {
      en:
        "Small programs and queries, two at a time, once the interpreters have started. Every program meets an " +
        "interpreter that knows nothing of the one before; beside it, the same one by one without a sandbox. " +
        "Target: 100 Python programs/s on two cores.",
      zh:
        "解释器启动之后，同时运行两个小程序或查询。每个程序面对的解释器都不知道前一个程序；旁边是不用沙箱逐个运行的结果。" +
        "目标：两个核心上每秒 100 个 Python 程序。",
    },
  },
  {
    bench: "memory",
    heading: { en: "Memory", zh: "内存" },
    meaning: {
      en:
        "The resident memory of a process at its peak, the runtime itself included (about 100 MB). Targets: " +
        "300 MB for 10 million rows through row steps, 500 MB for 1 million rows through a global sort.",
      zh:
        "进程常驻内存的峰值，包括运行时本身（约 100 MB）。目标：1,000 万行经过行步骤时 300 MB，100 万行经过全局排序时 500 MB。",
    },
  },
];
