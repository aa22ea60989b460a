import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import { intersect } from "./granted_access.ts";
import { Grants } from "./grants.ts";
import { describePermissions, harmlessOf } from "./load_sandboxed.ts";
import { lockPlugin } from "./plugin_lock.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("Grants keeps what was granted for a project, by name", () =>
  inFolder(async (folder) => {
    const grants = await Grants.open(folder);
    await grants.set("b", { integrity: "sha256-b", net: ["a.example"] });
    await grants.set("a", { integrity: "sha256-a" });
    const again = await Grants.open(folder);
    assertEquals(again.list().map(([name]) => name), ["a", "b"]);
    assertEquals(again.get("b"), { integrity: "sha256-b", net: ["a.example"] });
    assertEquals([await again.revoke("b"), await again.revoke("b")], [true, false]);
    assertEquals((await Grants.open(folder)).get("b"), undefined);
  }));

Deno.test("Grants refuses a file that holds something else", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/.fastdistill`);
    const texts = [
      "{",
      "{}",
      '{"version":1,"grants":{"a":{}}}',
      '{"version":1,"grants":{"a":{"integrity":"x","net":1}}}',
    ];
    for (const text of texts) {
      await Deno.writeTextFile(`${folder}/.fastdistill/grants.json`, text);
      const error = await assertRejects(() => Grants.open(folder), FastDistillError);
      assertEquals(error.code, "config.invalid_value", text);
    }
  }));

Deno.test("intersect() gives what is both declared and granted", () => {
  const declared = { net: ["a", "b"], env: ["KEY"], run: ["git"] };
  assertEquals(intersect(declared, { net: ["b", "c"], read: ["/"] }), { net: ["b"] });
  assertEquals(intersect({}, declared), {});
  assertEquals(harmlessOf(declared), { net: ["a", "b"], env: ["KEY"] });
  assertEquals(describePermissions(declared), "net a, b; env KEY; run git");
});

Deno.test("lockPlugin() writes down what is new, and refuses other code from elsewhere", () =>
  inFolder(async (folder) => {
    const remote = { specifier: "jsr:@a/b@1", version: "1.0.0", integrity: "sha256-1" };
    const changed = { ...remote, integrity: "sha256-2" };
    await lockPlugin("b", remote, { baseDir: folder });
    await lockPlugin("own", { specifier: "./own.ts", integrity: "sha256-3" }, { baseDir: folder });
    const text = await Deno.readTextFile(`${folder}/fastdistill.lock`);
    await lockPlugin("b", remote, { baseDir: folder });
    assertEquals(await Deno.readTextFile(`${folder}/fastdistill.lock`), text);
    const error = await assertRejects(() => lockPlugin("b", changed, { baseDir: folder }), FastDistillError);
    assertEquals(error.code, "plugin.changed");
    assertStringIncludes(error.message, "locked is 1.0.0");
    await lockPlugin("own", { specifier: "./own.ts", integrity: "sha256-4" }, { baseDir: folder });
    await lockPlugin("b", changed, { baseDir: folder, renews: true });
    const { plugins } = JSON.parse(await Deno.readTextFile(`${folder}/fastdistill.lock`));
    assertEquals([plugins.b.integrity, plugins.own.integrity], ["sha256-2", "sha256-4"]);
  }));
