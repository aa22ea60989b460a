import { chmod, copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { withTree } from "./_fixture.ts";
import { ROOT } from "./_tree.ts";

/** Stands in for npx: says what the tests are scripted to say, and fails where it is told to. */
const SCRIPTED_NPX = `#!/usr/bin/env bash
echo "npx $*" >> calls.txt
case "$*" in
  *"task ok --no-test") exit "$(cat ok_code.txt)" ;;
  *"task test") cat tests.txt; exit "$(cat test_code.txt)" ;;
esac
exit 9
`;

interface Script {
  readonly okCode: number;
  readonly testCode: number;
  readonly tests: string;
}

/** Runs a copy of `.ci/run` with a scripted npx; gives its exit code, last line and the calls made. */
async function runCi({ okCode, testCode, tests }: Script) {
  let seen = { code: -1, last: "", calls: "" };
  const files = {
    "bin/npx": SCRIPTED_NPX,
    "ok_code.txt": `${okCode}`,
    "test_code.txt": `${testCode}`,
    "tests.txt": tests,
    "calls.txt": "",
  };
  await withTree(files, async (root) => {
    await mkdir(join(root, ".ci"));
    await copyFile(join(ROOT, ".ci/run"), join(root, ".ci/run"));
    await chmod(join(root, "bin/npx"), 0o755);
    const { code, stdout } = await new Deno.Command("bash", {
      args: [join(root, ".ci/run")],
      env: { PATH: `${join(root, "bin")}:${Deno.env.get("PATH")}` },
    }).output();
    const last = new TextDecoder().decode(stdout).trimEnd().split("\n").at(-1) ?? "";
    seen = { code, last, calls: await Deno.readTextFile(join(root, "calls.txt")) };
  });
  return seen;
}

const OK = "a ... ok\n\nok | 12 passed (3 steps) | 0 failed | 2 ignored (1 step) | 5 filtered out (4s)\n";

/** The script is for bash; Windows is tested through the tasks alone. */
const ignore = Deno.build.os === "windows";

Deno.test({
  name: ".ci/run ends with the runner's count and runs the README's test command",
  ignore,
  fn: async () => {
    const { code, last, calls } = await runCi({ okCode: 0, testCode: 0, tests: OK });
    assertEquals([code, last], [0, "12 passed, 0 failed, 2 skipped"]);
    assertEquals(calls, "npx -y deno@2.9.6 task ok --no-test\nnpx -y deno@2.9.6 task test\n");
  },
});

Deno.test({
  name: ".ci/run fails where a check fails, with the count all the same",
  ignore,
  fn: async () => {
    const { code, last } = await runCi({ okCode: 1, testCode: 0, tests: "ok | 3 passed | 0 failed (1s)\n" });
    assertEquals([code, last], [1, "3 passed, 0 failed"]);
  },
});

Deno.test({
  name: ".ci/run fails where a test fails",
  ignore,
  fn: async () => {
    const tests = "FAILED | 3 passed (1 step) | 2 failed (1s)\n\nerror: Test failed\n";
    const { code, last } = await runCi({ okCode: 0, testCode: 1, tests });
    assertEquals([code, last], [1, "3 passed, 2 failed"]);
  },
});

Deno.test({
  name: ".ci/run fails where the runner dies before it counts",
  ignore,
  fn: async () => {
    const { code, last } = await runCi({ okCode: 0, testCode: 1, tests: "error: Type checking failed.\n" });
    assertEquals([code, last], [1, "0 passed, 1 failed"]);
  },
});

Deno.test(".ci/run names the Deno that package.json pins", async () => {
  const [script, manifest] = await Promise.all([
    Deno.readTextFile(join(ROOT, ".ci/run")),
    Deno.readTextFile(join(ROOT, "package.json")),
  ]);
  const version = /deno@(\d+\.\d+\.\d+)/.exec(manifest)?.[1];
  assertStringIncludes(script, `npx -y deno@${version} `);
});
