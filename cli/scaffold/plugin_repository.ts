import { VERSION } from "../version.ts";
import { providerFiles } from "./_provider_files.ts";
import { readme } from "./_readme.ts";
import { stepFiles } from "./_step_files.ts";
import { taskFiles } from "./_task_files.ts";
import { importKeyOf, type NewPlugin, packageOf, type PluginKind } from "./plugin_name.ts";

const FILES_OF: Readonly<Record<PluginKind, (plugin: NewPlugin) => Readonly<Record<string, string>>>> = {
  step: stepFiles,
  task: taskFiles,
  provider: providerFiles,
};

/** The files of a new plugin's repository, by path. Nothing in them depends on where or when they are made. */
export function pluginRepository(plugin: NewPlugin): Readonly<Record<string, string>> {
  return {
    ...FILES_OF[plugin.kind](plugin),
    "deno.json": `${JSON.stringify(denoConfig(plugin), null, 2)}\n`,
    "README.md": readme(plugin),
    "LICENSE": license(plugin),
    ".gitignore": "runs/\n.fastdistill/\nfastdistill.lock\ncoverage/\n",
    ".github/workflows/ci.yml": WORKFLOW,
  };
}

function denoConfig(plugin: NewPlugin): object {
  const { kind, name } = plugin;
  const cli = `deno run -A jsr:@fastdistill/cli@^${VERSION}`;
  return {
    name: packageOf(plugin),
    version: "0.1.0",
    license: "MIT",
    exports: "./mod.ts",
    publish: { include: ["mod.ts", "deno.json", "README.md", "LICENSE"] },
    imports: {
      "@fastdistill/core": `jsr:@fastdistill/core@^${VERSION}`,
      "zod": "npm:zod@^4.6.0",
      [importKeyOf(plugin)]: "./mod.ts",
      ...(kind === "task" ? { "fastdistill-provider-canned": "./example/canned.ts" } : {}),
    },
    // The example runs it as others will: in a sandbox.
    fastdistill: { plugins: { [name]: { sandbox: true } } },
    tasks: {
      ok:
        "deno fmt --check && deno lint && deno check && deno task test && deno publish --dry-run --allow-dirty",
      test: "deno test -A",
      example: `${cli} ${
        kind === "provider" ? "validate" : "run"
      } example/pipeline.yaml --allow-plugin ${name}`,
    },
    fmt: { lineWidth: 110 },
    lint: { rules: { tags: ["recommended"] } },
  };
}

const WORKFLOW = `name: ci
on:
  push:
    branches: [main]
  pull_request:
permissions:
  contents: read
jobs:
  ok:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v4
      - uses: denoland/setup-deno@v2
        with: { deno-version: v2.x }
      - run: deno task ok
      - run: deno task example
`;

function license(plugin: NewPlugin): string {
  return `MIT License

Copyright (c) The authors of ${packageOf(plugin)}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
`;
}
