import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { runProcess } from "./_process.ts";

const ROOT = join(import.meta.dirname!, "..");

Deno.test("a thousand mutated pipeline files, and every bomb, come to a plan or an error that says where", async () => {
  const words = ["run", "-A", "--no-check", "scripts/fuzz/config.ts", "--count=1000", "--seed=11", "--json"];
  const { stdout } = await runProcess([Deno.execPath(), ...words], { cwd: ROOT, mayFail: true });
  const { count, counts, problems } = JSON.parse(stdout);
  // How long a file takes says more of this machine than of the file.
  const real = problems.filter(({ problem }: { problem: string }) =>
    !/^takes? \d+ ms|^took \d+ ms/.test(problem)
  );
  assertEquals([count, real], [1000, []]);
  assert(Object.keys(counts).length > 5);
});
