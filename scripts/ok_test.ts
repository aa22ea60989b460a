import { assertEquals, assertMatch } from "@std/assert";
import { withTree } from "./_fixture.ts";
import { runTasks } from "./ok.ts";

const TREE = {
  "deno.json": JSON.stringify({
    tasks: { good: "echo quiet", bad: "echo loud && exit 3", test: "deno test --no-check a_test.ts" },
  }),
  "a_test.ts": "Deno.test('a', () => {});\nDeno.test({ name: 'b', ignore: true, fn() {} });\n",
};

Deno.test("runTasks() keeps the output of what holds to itself and shows that of what fails", async () => {
  await withTree(TREE, async (root) => {
    const lines: string[] = [];
    const outcomes = await runTasks(root, ["good", "bad"], { width: 1, write: (line) => lines.push(line) });
    assertEquals(outcomes.map((one) => [one.task, one.isOk]), [["good", true], ["bad", false]]);
    assertMatch(lines[0] ?? "", /^ok {5}good +[\d.]+ s$/);
    assertMatch(lines[1] ?? "", /^FAILED bad +[\d.]+ s\n {4}loud$/);
  });
});

Deno.test("runTasks() reports a task that does not exist as failed", async () => {
  await withTree(TREE, async (root) => {
    const [outcome] = await runTasks(root, ["missing"], { write: () => {} });
    assertEquals(outcome?.isOk, false);
  });
});

Deno.test("runTasks() shows the runner's count", async () => {
  await withTree(TREE, async (root) => {
    const lines: string[] = [];
    await runTasks(root, ["test"], { write: (line) => lines.push(line) });
    assertMatch(lines[0] ?? "", /^ok {5}test +[\d.]+ s {3}1 passed \| 0 failed \| 1 ignored$/);
  });
});
