import type { DescribedProvider } from "@fastdistill/core";
import { didYouMean, EXIT_CODES, type ExitCode, FastDistillError } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import type { Command, Invocation } from "../command.ts";
import { outputOf, writeLines } from "../output.ts";
import { loadPipelineInput, PIPELINE_ARGUMENT, PIPELINE_FLAGS } from "./_pipeline_flags.ts";

/** `fastdistill providers ls`. */
export const providersLsCommand: Command = {
  name: "providers ls",
  summary: "List a pipeline's providers: models, endpoints, keys, limits, prices",
  argument: PIPELINE_ARGUMENT,
  flags: PIPELINE_FLAGS,
  examples: [
    { what: "Nobody is asked", line: "fastdistill providers ls pipeline.yaml" },
    {
      what: "Variables that hold keys, and whether they are set",
      line: "fastdistill providers ls pipeline.yaml --json | jq '.providers[].deployments[].keys'",
    },
  ],
  run: async (invocation, io) => {
    const output = outputOf(invocation, io);
    const providers = await providersOf(invocation, io);
    output.printJson({ providers });
    if (output.isJson) return EXIT_CODES.done;
    const { renderProviders } = await import("../render/render_providers.ts");
    if (providers.length === 0) output.print(["No step of this pipeline asks a model"]);
    else {
      writeLines(io.stdout, renderProviders(providers, { style: output.style, width: io.stdout.columns() }));
    }
    return EXIT_CODES.done;
  },
};

/** `fastdistill providers show`. */
export const providersShowCommand: Command = {
  name: "providers show",
  summary: "Show what is known of a pipeline's provider, without its secrets",
  argument: PIPELINE_ARGUMENT,
  second: { name: "provider", summary: "Name of the provider in the pipeline" },
  flags: PIPELINE_FLAGS,
  examples: [{ what: "One provider", line: "fastdistill providers show pipeline.yaml teacher" }],
  run: async (invocation, io) => {
    const output = outputOf(invocation, io);
    const found = findProvider(await providersOf(invocation, io), invocation.second!);
    const { renderProvider, renderProviderLine } = await import("../render/render_providers.ts");
    output.printJson(found);
    output.print(renderProvider(found, { style: output.style, width: io.stdout.columns() }));
    output.printFinal(renderProviderLine(found));
    return EXIT_CODES.done;
  },
};

/** `fastdistill providers check`. */
export const providersCheckCommand: Command = {
  name: "providers check",
  summary: "Look whether endpoints answer, take the keys and know the models",
  argument: PIPELINE_ARGUMENT,
  flags: PIPELINE_FLAGS,
  examples: [
    {
      what: "One request each; no model is asked",
      line: "fastdistill providers check pipeline.yaml --env prod",
    },
  ],
  run: check,
};

async function providersOf(invocation: Invocation, io: CliIo): Promise<readonly DescribedProvider[]> {
  const [{ describeProviders, planRun }, input] = await Promise.all([
    import("@fastdistill/core"),
    loadPipelineInput(invocation, io),
  ]);
  return await describeProviders(await planRun(input));
}

function findProvider(providers: readonly DescribedProvider[], name: string): DescribedProvider {
  const found = providers.find(({ provider }) => provider === name);
  if (found !== undefined) return found;
  const known = providers.map(({ provider }) => provider);
  throw new FastDistillError(
    "config.usage",
    `No step of this pipeline asks a provider "${name}"${didYouMean(name, known)}`,
    { hint: known.length === 0 ? "It asks no model" : `Its steps ask: ${known.join(", ")}` },
  );
}

async function check(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const [{ checkProviders, planRun }, { providerCheck }, input] = await Promise.all([
    import("@fastdistill/core"),
    import("./_examine.ts"),
    loadPipelineInput(invocation, io),
  ]);
  const found = await checkProviders(await planRun(input));
  const failed = found.filter(({ state }) => state === "failed").length;
  output.printJson({ ok: failed === 0, providers: found });
  if (!output.isJson) {
    const { renderChecks } = await import("../render/render_checks.ts");
    const view = { style: output.style, width: io.stdout.columns() };
    if (found.length === 0) output.print(["No step of this pipeline asks a model"]);
    else writeLines(io.stdout, renderChecks(found.map(providerCheck), view));
  }
  return failed === 0 ? EXIT_CODES.done : EXIT_CODES.failed;
}
