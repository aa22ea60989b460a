// deno-lint-ignore-file no-console -- an example writes to the terminal
/**
 * `pipeline.yaml` beside this file, in TypeScript: the same configuration, the same run id, the same bytes. The compiler
 * follows the columns through the steps; name one that no step before provides, and this file does not compile.
 *
 * deno run -A examples/text2sql/pipeline.ts
 *
 * @module
 */
import { definePipeline, type LoadedPipeline, Registry, runPipeline } from "@fastdistill/core";
import { builtinProviders } from "@fastdistill/providers";
import {
  builtinSteps,
  cleanSql,
  dedupExact,
  readJsonl,
  ruleFilter,
  sampleId,
  scoreExec,
  select,
  sqlExec,
  textGeneration,
  writeSft,
} from "@fastdistill/steps";

/** A line of `questions.jsonl`. */
export interface Question {
  readonly id: string;
  /** Script or file of the database that the question is about. */
  readonly database: string;
  readonly category: string;
  readonly question: string;
  /** Accepted queries. */
  readonly gold_sql: readonly string[];
}

/** What the teacher is asked. A literal, so that the compiler finds the columns that it names. */
const PROMPT =
  `Northwheel is a bicycle retailer with six stores and a web shop. Its SQLite database has these tables:

stores(store_id, name, city, country, opened_on, floor_m2)
employees(employee_id, name, role, store_id, manager_id, hired_on, left_on, salary_cents)
suppliers(supplier_id, name, country, email, rating)
categories(category_id, name, parent_id)
products(product_id, name, category_id, supplier_id, price_cents, cost_cents, stock, weight_grams, discontinued_on)
customers(customer_id, name, email, phone, city, country, joined_on, newsletter)
orders(order_id, customer_id, store_id, employee_id, ordered_on, status)
order_items(order_item_id, order_id, product_id, quantity, unit_price_cents)
payments(payment_id, order_id, payment_method, amount_cents, paid_on)
shipments(shipment_id, order_id, carrier, shipped_on, delivered_on, cost_cents)
returns(return_id, order_item_id, returned_on, reason, refund_cents)
reviews(review_id, product_id, customer_id, rating, comment, written_on)

Dates are text such as '2024-05-31'. A missing value is NULL: a web order has no store_id, an employee who
still works here has no left_on. An order's status is completed, shipped, pending or cancelled. The newsletter column is 1 or 0.
Answer each question with one SQLite query in a code fence, and nothing else.

Question: Which customers have never written a review? List their names.
Answer:
\`\`\`sql
SELECT name FROM customers WHERE customer_id NOT IN (SELECT customer_id FROM reviews);
\`\`\`

Question: Which products have more than 12 reviews? Show product id and number of reviews.
Answer:
\`\`\`sql
SELECT product_id, count(*) FROM reviews GROUP BY product_id HAVING count(*) > 12;
\`\`\`

Question: List the names of the products in the category Bags.
Answer:
\`\`\`sql
SELECT products.name FROM products JOIN categories ON categories.category_id = products.category_id WHERE categories.name = 'Bags';
\`\`\`

Question: How many different customers have written a review?
Answer:
\`\`\`sql
SELECT count(DISTINCT customer_id) FROM reviews;
\`\`\`

Question: How many shipments were sent in 2023?
Answer:
\`\`\`sql
SELECT count(*) FROM shipments WHERE shipped_on LIKE '2023%';
\`\`\`

Question: What is the name of the cheapest product?
Answer:
\`\`\`sql
SELECT name FROM products ORDER BY price_cents LIMIT 1;
\`\`\`

Question: How many reviews were written by customers from Belgium?
Answer:
\`\`\`sql
SELECT count(*) FROM reviews JOIN customers ON customers.customer_id = reviews.customer_id WHERE customers.country = 'Belgium';
\`\`\`

Question: What is the largest refund in cents of any return?
Answer:
\`\`\`sql
SELECT max(refund_cents) FROM returns;
\`\`\`

Question: Which suppliers have no email? List their names.
Answer:
\`\`\`sql
SELECT name FROM suppliers WHERE email IS NULL;
\`\`\`

Question: What is the total refund in cents of all returns?
Answer:
\`\`\`sql
SELECT sum(refund_cents) FROM returns;
\`\`\`

Question: List the different carriers.
Answer:
\`\`\`sql
SELECT DISTINCT carrier FROM shipments;
\`\`\`

Question: How many reviews have a rating of 1?
Answer:
\`\`\`sql
SELECT count(*) FROM reviews WHERE rating = 1;
\`\`\`

Question: What is the average price in cents of all products?
Answer:
\`\`\`sql
SELECT avg(price_cents) FROM products;
\`\`\`

Question: How many suppliers are there?
Answer:
\`\`\`sql
SELECT count(*) FROM suppliers;
\`\`\`

Question: List the names of the stores in Germany.
Answer:
\`\`\`sql
SELECT name FROM stores WHERE country = 'Germany';
\`\`\`

Question: How many reviews have each rating? Show rating and number.
Answer:
\`\`\`sql
SELECT rating, count(*) FROM reviews GROUP BY rating;
\`\`\`

Question: How many employees work as a director?
Answer:
\`\`\`sql
SELECT count(*) FROM employees WHERE role = 'director';
\`\`\`

Question: List the names of the products that cost less than 1000 cents.
Answer:
\`\`\`sql
SELECT name FROM products WHERE price_cents < 1000;
\`\`\`

Question: How many orders are pending?
Answer:
\`\`\`sql
SELECT count(*) FROM orders WHERE status = 'pending';
\`\`\`

Question: List the names of all categories.
Answer:
\`\`\`sql
SELECT name FROM categories;
\`\`\`

Question: How many suppliers are there in each country? Show country and number.
Answer:
\`\`\`sql
SELECT country, count(*) FROM suppliers GROUP BY country;
\`\`\`

Question: How many customers live in Haarlem?
Answer:
\`\`\`sql
SELECT count(*) FROM customers WHERE city = 'Haarlem';
\`\`\`

Question: {{ question }}
Answer:`;

/** The pipeline. Paths start at the folder of this file. */
export function text2sqlPipeline(): LoadedPipeline {
  return definePipeline({
    name: "text2sql",
    description: "Questions on a bicycle retailer's database, answered in SQL",
    seed: 7,
    baseDir: import.meta.dirname!,
    providers: {
      teacher: {
        use: "replay",
        with: { recording: "teacher.recording.jsonl" },
        price: { input: 0.05, output: 0.20 },
      },
    },
    budget: { usd: 1 },
    report: { group_by: ["category"] },
  })
    .step("questions", readJsonl<Question>({ path: "questions.jsonl" }))
    .step("identify", sampleId({ fields: ["database", "question"] }))
    .step("unique", dedupExact({ on: "sample_id" }))
    .step(
      "teach",
      textGeneration({
        template: PROMPT,
        n: 4,
        temperature: 0.7,
        top_p: 0.8,
        max_tokens: 100,
        seed: 7,
        stop: ["\nQuestion:"],
      }),
      { provider: "teacher" },
    )
    .step("clean", cleanSql({ from: "generation", to: "sql" }))
    .step("rules", ruleFilter({ field: "sql", min_chars: 8, max_chars: 2000 }))
    .step("execute", sqlExec({ database: "{{ database }}", sql: "sql", gold: "gold_sql" }))
    .step("score", scoreExec(), { stage: "judged" })
    .step("keep", select({ where: "exec_pass && score >= 0.5", best_of: "sample_id" }), {
      stage: "distilled",
    })
    .step("train", writeSft({ path: "train.jsonl", format: "chat" }))
    .gate({ stage: "judged", metric: "exec_pass_rate", min: 0.35 })
    .gate({ stage: "distilled", metric: "gold_match_rate", min: 0.1 })
    .gate({ stage: "distilled", metric: "count", min: 40 })
    .build();
}

if (import.meta.main) {
  const registry = new Registry([...builtinProviders, ...builtinSteps]);
  const { run_dir, status, rows } = await runPipeline({ pipeline: text2sqlPipeline(), registry });
  console.log(`${status}: ${rows.kept} samples in ${run_dir}`);
}
