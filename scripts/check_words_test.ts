import { assertEquals } from "@std/assert";
import { checkWords, type SecretException } from "./check_words.ts";
import { withTree, WORKSPACE } from "./_fixture.ts";
import { formatProblem, sortProblems } from "./_problem.ts";

/** Runs the check over our kind of workspace with some files more. */
async function problemsOf(
  files: Readonly<Record<string, string>>,
  exceptions: readonly SecretException[] = [],
): Promise<readonly string[]> {
  let found: readonly string[] = [];
  await withTree({ ...WORKSPACE, ...files }, async (root) => {
    found = sortProblems(await checkWords(root, { exceptions })).map(formatProblem);
  });
  return found;
}

/** Puts a forbidden text together, so that this file does not hold it. */
function say(...pieces: readonly string[]): string {
  return pieces.join("");
}

const MACHINE = say("/wo", "rk/");
const KEY = say("sk-", "Zq81mKp0Lr72TnVw93Yb");

Deno.test("checkWords() accepts what only resembles a forbidden word", async () => {
  assertEquals(
    await problemsOf({
      "docs/a.md": `See ../work/plan.md, https://site.test/work/x, ${say("js", "r.io")}/@fastdistill/core.\n`,
      "core/a.ts": 'export const a = shelf.library("wind farm", "sk-short", "task-" + "a".repeat(30));\n',
      "core/a_test.ts": `const key = "${say("sk-", "test-not-a-real-key-at-all")}";\n`,
      "runs/x/log.txt": `${MACHINE}\n`,
    }),
    [],
  );
});

Deno.test("checkWords() rejects paths, tools and registry hosts with their line", async () => {
  assertEquals(
    await problemsOf({
      "core/a.ts": `// first\nexport const a = "${MACHINE}x";\n`,
      "docs/b.md": `${say("/tmp/", "wt")}/x, ~/${say(".libr", "ary")}/x, ${say("farm", "-7")}\n`,
      "scripts/c.ts": `"https://${say("registry.", "npmjs.org")}/x"; "https://${say("js", "r.io")}/x"\n`,
      "steps/d.ts": `// ${say("py", "pi.org")}\n`,
    }),
    [
      `core/a.ts:2: names a path of the build machine: ${MACHINE}`,
      `docs/b.md:1: names a path of the build machine: ${say("/tmp/", "wt")}`,
      `docs/b.md:1: names a tool of the build machine: ${say(".libr", "ary")}`,
      `docs/b.md:1: names a tool of the build machine: ${say("farm", "-")}`,
      `scripts/c.ts:1: names a package registry host outside the docs: ${say("js", "r.io")}`,
      `scripts/c.ts:1: names a package registry host: ${say("registry.", "npmjs.org")}`,
      `steps/d.ts:1: names a package registry host: ${say("py", "pi.org")}`,
    ],
  );
});

Deno.test("checkWords() rejects secrets without repeating them, and environment files", async () => {
  const files = {
    "core/a.ts": `const key = "${KEY}";\n`,
    "core/a_test.ts": `const key = "${say("gh", "p_", "Zq81mKp0Lr72TnVw93YbZq81mKp0Lr72")}";\n`,
    "docs/aws.md": `${say("AKI", "AZQ81MKP0LR72TNVW")}\n`,
    ".env": "A=1\n",
    ".env.example": "A=\n",
  };
  assertEquals(await problemsOf(files), [
    ".env: is an environment file: keep it out of the repository",
    "core/a.ts:1: holds what looks like a secret (sk-Z...)",
    "core/a_test.ts:1: holds what looks like a secret (ghp_...)",
    "docs/aws.md:1: holds what looks like a secret (AKIA...)",
  ]);
});

Deno.test("checkWords() lets an exception pass and reports one that nothing needs", async () => {
  const reason = "a key that was revoked in public";
  assertEquals(await problemsOf({ "core/a.ts": `"${KEY}";\n` }, [{ file: "core/a.ts", reason }]), []);
  assertEquals(await problemsOf({}, [{ file: "core/a.ts", reason }]), [
    "core/a.ts: the exception for secrets is needed no more: remove it",
  ]);
});

Deno.test("checkWords() wants a LICENSE in every published package and one version", async () => {
  await withTree(
    {
      "deno.json": JSON.stringify({
        name: "@x/cli",
        version: "0.1.0",
        workspace: ["./core", "./steps", "./compat"],
      }),
      "LICENSE": "MIT\n",
      "core/deno.json": JSON.stringify({ name: "@x/core", version: "0.2.0" }),
      "steps/deno.json": JSON.stringify({ name: "@x/steps" }),
      "steps/LICENSE": "MIT\n",
      "compat/deno.json": JSON.stringify({ name: "@std/x", version: "9.0.0", publish: false }),
    },
    async (root) => {
      assertEquals(sortProblems(await checkWords(root)).map(formatProblem), [
        "core/LICENSE: is missing: @x/core is published",
        "core/deno.json: @x/core has version 0.2.0, but @x/cli has 0.1.0",
        "steps/deno.json: @x/steps has no version",
      ]);
    },
  );
});

/** Whether git is there to ask; on a bare machine it need not be. */
async function hasGit(): Promise<boolean> {
  try {
    return (await new Deno.Command("git", { args: ["--version"] }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test({
  name: "checkWords() leaves alone what git ignores",
  ignore: !await hasGit(),
  fn: async () => {
    const files = { ".gitignore": "/mine.txt\n", "mine.txt": `${KEY}\n`, "ours.txt": `${KEY}\n` };
    await withTree(files, async (root) => {
      await new Deno.Command("git", { args: ["init", "-q"], cwd: root }).output();
      assertEquals((await checkWords(root, { exceptions: [] })).map(formatProblem), [
        "ours.txt:1: holds what looks like a secret (sk-Z...)",
      ]);
    });
  },
});
