import { importKeyOf, type NewPlugin, packageOf, type PluginKind } from "./plugin_name.ts";

const WHAT: Readonly<Record<PluginKind, string>> = {
  step: "A step of FastDistill that counts the words of a text.",
  task: "A task of FastDistill that has a model give a text a title.",
  provider: "A provider of FastDistill that asks api.example.com.",
};

const USE: Readonly<Record<PluginKind, (name: string) => string>> = {
  step: (name) => `steps:\n  counted: { use: ${name}, with: { field: text } }`,
  task: (name) => `steps:\n  titled: { use: ${name}, provider: model, with: { field: text } }`,
  provider: (name) => `providers:\n  model: { use: ${name}, with: { model: small } }`,
};

const GRANTED: Readonly<Record<PluginKind, (name: string) => string>> = {
  step: () => "It asks for no permission, so nothing has to be granted.",
  task: () => "It asks for no permission: the model is called for it.",
  provider: (name) =>
    `It may reach api.example.com and read the variable \`${name.toUpperCase()}_KEY\`, once that is granted:\n\n` +
    `\`\`\`bash\nfastdistill plugins grant ${name}\n\`\`\``,
};

/** The README of a plugin: what it is, how to use it, how to work on it. */
export function readme(plugin: NewPlugin): string {
  const { kind, name } = plugin;
  return `# ${name}

${WHAT[kind]}

## Use it

Name it in the \`deno.json\` beside your pipeline:

\`\`\`json
{
  "imports": {
    "${importKeyOf(plugin)}": "jsr:${packageOf(plugin)}@^0.1.0"
  }
}
\`\`\`

\`\`\`yaml
${USE[kind](name)}
\`\`\`

${GRANTED[kind](name)}

## Work on it

\`\`\`bash
deno task test    # the contract suite, and the tests of this plugin
deno task example # example/pipeline.yaml, in a sandbox
deno task ok      # all that the continuous integration checks
\`\`\`

## Publish it

Make the package \`${packageOf(plugin)}\` on JSR, then:

\`\`\`bash
deno publish
\`\`\`
`;
}
