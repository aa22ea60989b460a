import { assertEquals, assertStringIncludes } from "@std/assert";
import { addPermission, pluginPolicyOf } from "../../cli/commands/_plugin_flags.ts";
import { COMMANDS } from "../../cli/commands/command_list.ts";
import { processIo } from "../../cli/cli_io.ts";
import { runCommandLine } from "../../cli/run_command_line.ts";
import { pluginModule, WORDS } from "./_plugin_sources.ts";

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function inProject(test: (say: (...words: string[]) => Promise<Said>, root: string) => Promise<void>) {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    const imports = { "fastdistill-step-word-size": "./word_size.js" };
    const plugins = { word_size: { sandbox: true } };
    await Deno.writeTextFile(`${root}/deno.json`, JSON.stringify({ imports, fastdistill: { plugins } }));
    const permissions = 'permissions: { net: ["api.example.com"], run: ["git"] }';
    await Deno.writeTextFile(
      `${root}/word_size.js`,
      pluginModule(WORDS.replace("permissions: {}", permissions)),
    );
    await test(async (...words) => {
      const texts = { stdout: "", stderr: "" };
      const terminal = (name: "stdout" | "stderr") => ({
        isTerminal: false,
        columns: () => 100,
        rows: () => 24,
        write: (text: string) => void (texts[name] += text),
      });
      const io = {
        ...processIo(),
        currentDirectory: root,
        stdout: terminal("stdout"),
        stderr: terminal("stderr"),
      };
      const code = await runCommandLine(words, io);
      return { code, out: texts.stdout, err: texts.stderr };
    }, root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("plugins grant lets a plugin do what is harmless, and the rest by a flag of its own", () =>
  inProject(async (say, root) => {
    const grantsOf = async () =>
      JSON.parse(await Deno.readTextFile(`${root}/.fastdistill/grants.json`)).grants;
    const granted = await say("plugins", "grant", "word_size");
    assertEquals([granted.code, granted.out], [0, "word_size may: net api.example.com\n"]);
    assertEquals((await grantsOf()).word_size.run, undefined);
    const refused = await say("plugins", "grant", "word_size", "--only", "run:git");
    assertEquals(refused.code, 2);
    assertStringIncludes(refused.err, "--dangerous");
    assertEquals((await say("plugins", "grant", "word_size", "--dangerous")).code, 0);
    assertEquals((await grantsOf()).word_size.run, ["git"]);
    const listed = JSON.parse((await say("plugins", "ls", "--json")).out);
    assertEquals(listed.plugins[0].granted.net, ["api.example.com"]);
    assertStringIncludes((await say("plugins", "ls")).out, "sandbox  net api.example.com; run git");
    assertEquals((await say("plugins", "revoke", "word_size")).out, "word_size has no grant any more\n");
    assertEquals((await say("plugins", "revoke", "word_siz")).code, 2);
  }));

Deno.test("registry ls lists the components of a project beside those built in, and show tells what they state", () =>
  inProject(async (say) => {
    const { components } = JSON.parse((await say("registry", "ls", "--json")).out);
    const own = components.find(({ name }: { name: string }) => name === "word_size");
    assertEquals([own.specifier, own.sandbox], ["./word_size.js", true]);
    const shown = JSON.parse(
      (await say("registry", "show", "word_size", "--json", "--allow-plugin", "word_size")).out,
    );
    assertEquals([shown.step_kind, shown.permissions.run, shown.stability], ["row", ["git"], null]);
    const builtIn = JSON.parse((await say("registry", "show", "dedup_exact", "--json")).out);
    assertEquals([builtIn.columns.reads, builtIn.stability], [{ on: "any" }, "stable"]);
    assertStringIncludes((await say("registry", "search", "equal in the")).out, "dedup_exact");
    assertEquals((await say("registry", "show", "dedup_exct")).code, 2);
  }));

Deno.test("--allow-plugin names a plugin, or one permission of it", () => {
  const policy = pluginPolicyOf({
    values: new Map([["allow-plugin", ["a", "b=net:x.example", "b=env:KEY"]], ["trust-plugin", ["c"]]]),
  }, {});
  assertEquals([...policy.allow!], [["a", "declared"], ["b", { net: ["x.example"], env: ["KEY"] }]]);
  assertEquals(policy.trust, new Set(["c"]));
  assertEquals(addPermission({}, "net:127.0.0.1:80"), { net: ["127.0.0.1:80"] });
  assertEquals(COMMANDS.some(({ name }) => name === "plugins grant"), true);
});
