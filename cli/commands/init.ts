import { resolve } from "node:path";
import { didYouMean, EXIT_CODES, type ExitCode, FastDistillError } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import type { Command, Invocation } from "../command.ts";
import { type Output, outputOf } from "../output.ts";
import { shownPath } from "../render/shown_path.ts";
import { type Template, TEMPLATES } from "../templates/template_list.ts";

/** How often a person is asked again after an answer that names no template. */
const ASK_MAX = 3;
const WHICH = `Template (1 to ${TEMPLATES.length}, or a name): `;

/** `fastdistill init`. */
export const initCommand: Command = {
  name: "init",
  summary: "Start a project from a template: it runs offline at once",
  argument: {
    name: "folder",
    summary: "Folder to write; nothing there is overwritten (default: the template's name)",
    default: "",
  },
  flags: [
    { name: "template", value: "NAME", summary: namesOf(TEMPLATES) },
    { name: "list", summary: "List the templates and write nothing" },
  ],
  examples: [
    { what: "Choose a template and a folder in the terminal", line: "fastdistill init" },
    { what: "A project for maths, in ./my-project", line: "fastdistill init my-project --template math" },
    { what: "What there is to choose from", line: "fastdistill init --list" },
  ],
  run: init,
};

async function init(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  if (invocation.switches.has("list")) return list(output);
  // Who reads JSON, or the final line alone, is a program.
  const ask = output.isJson || output.isQuiet ? undefined : io.ask;
  const template = await templateOf(invocation, ask);
  const named = invocation.argument === "" ? await askFolder(template, ask) : invocation.argument;
  const folder = resolve(io.currentDirectory, named);
  const [{ templateFiles }, { writeProject }] = await Promise.all([
    import("../templates/template_files.ts"),
    import("../scaffold/write_project.ts"),
  ]);
  const files = await templateFiles(template.name);
  await writeProject(folder, files);
  printDone(output, { template, folder, files: Object.keys(files).sort(), io });
  return EXIT_CODES.done;
}

function list(output: Output): ExitCode {
  output.printJson({ templates: TEMPLATES });
  output.print(menuOf(TEMPLATES, (name) => name));
  for (const { name } of TEMPLATES) output.printFinal(name);
  return EXIT_CODES.done;
}

interface Done {
  readonly template: Template;
  readonly folder: string;
  readonly files: readonly string[];
  readonly io: CliIo;
}

function printDone(output: Output, { template, folder, files, io }: Done): void {
  output.printJson({ template: template.name, folder, files });
  const shown = shownPath(folder, io.currentDirectory);
  output.print([
    `${template.name}: ${files.length} files in ${shown}`,
    "",
    ...(folder === io.currentDirectory ? [] : [`  cd ${shown}`]),
    "  fastdistill run pipeline.yaml   offline: the answers of a model are recorded",
    "  fastdistill verify latest       whether what it wrote is what it says",
    "",
    "README.md says what the pipeline does, and how to ask a model of your own.",
  ]);
  output.printFinal(folder);
}

type Ask = CliIo["ask"];

async function templateOf({ values }: Invocation, ask: Ask): Promise<Template> {
  const given = values.get("template")?.[0];
  return given === undefined ? await askTemplate(ask) : findTemplate(given);
}

/** @throws {FastDistillError} `config.usage` for a name that no template has */
function findTemplate(typed: string): Template {
  const found = TEMPLATES.find(({ name }) => name === typed);
  if (found !== undefined) return found;
  const nearest = didYouMean(typed, TEMPLATES.map(({ name }) => name));
  throw new FastDistillError("config.usage", `No template is named "${typed}"${nearest}`, {
    hint: `Templates: ${namesOf(TEMPLATES)}`,
  });
}

async function askTemplate(ask: Ask): Promise<Template> {
  const menu = menuOf(TEMPLATES, (name, index) => `  ${index + 1}  ${name}`);
  let question = ["What is the project to make?", ...menu, WHICH].join("\n");
  for (let asked = 0; asked < ASK_MAX; asked++) {
    const answer = (await ask?.(question))?.trim();
    if (answer === undefined) {
      throw new FastDistillError(
        "config.usage",
        "Command init needs a template, found nothing, and nobody is at a terminal to choose one",
        { hint: `Add --template NAME, one of: ${namesOf(TEMPLATES)}` },
      );
    }
    const chosen = TEMPLATES[Number(answer) - 1] ?? TEMPLATES.find(({ name }) => name === answer);
    if (chosen !== undefined) return chosen;
    const nearest = didYouMean(answer, TEMPLATES.map(({ name }) => name));
    question = `No template is named "${answer.replace(/\p{Cc}/gu, "?")}"${nearest}\n${WHICH}`;
  }
  throw new FastDistillError(
    "config.usage",
    `Asked for a template ${ASK_MAX} times, and no answer named one`,
    {
      hint: `Templates: ${namesOf(TEMPLATES)}`,
    },
  );
}

/** The template's name is the folder where none is named, and where nobody is there to name one. */
async function askFolder({ name }: Template, ask: Ask): Promise<string> {
  const answer = await ask?.(`Folder (${name}): `);
  return answer?.trim() || name;
}

/** A line for each template: what stands before its summary, at one width. */
function menuOf(
  templates: readonly Template[],
  nameOf: (name: string, index: number) => string,
): readonly string[] {
  const names = templates.map(({ name }, index) => nameOf(name, index));
  const width = Math.max(...names.map((name) => name.length));
  return templates.map(({ summary }, index) => `${names[index]!.padEnd(width)}  ${summary}`);
}

function namesOf(templates: readonly Template[]): string {
  return templates.map(({ name }) => name).join(", ");
}
