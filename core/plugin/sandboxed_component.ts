import type { ProviderComponent } from "../provider/mod.ts";
import type { StepComponent, TaskComponent } from "../step/mod.ts";
import type { SandboxedPlugin } from "./open_plugin_host.ts";
import { sandboxedProvider } from "./sandboxed_provider.ts";
import { sandboxedStep } from "./sandboxed_step.ts";
import { sandboxedTask } from "./sandboxed_task.ts";

/** A component whose code runs in a sandbox, to be used like any other. */
export function sandboxedComponent(
  plugin: SandboxedPlugin,
): ProviderComponent | StepComponent | TaskComponent {
  switch (plugin.facts.component) {
    case "step":
      return sandboxedStep(plugin);
    case "task":
      return sandboxedTask(plugin);
    case "provider":
      return sandboxedProvider(plugin);
  }
}
