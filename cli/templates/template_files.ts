/** Files by path, with `/` between folders. */
export type ProjectFiles = Readonly<Record<string, string>>;

/** Holds all files of one template; loaded when it is wanted, since the recordings are large. */
const LOAD: Readonly<Record<string, () => Promise<{ readonly files: ProjectFiles }>>> = {
  "text2sql": () => import("./_text2sql.ts"),
  "math": () => import("./_math.ts"),
  "preference": () => import("./_preference.ts"),
  "classification": () => import("./_classification.ts"),
  "rag-qa": () => import("./_rag_qa.ts"),
  "tool-use": () => import("./_tool_use.ts"),
  "code": () => import("./_code.ts"),
  "persona": () => import("./_persona.ts"),
};

/** The files of a template, as they are in its folder. @throws {RangeError} for a name that no template has */
export async function templateFiles(name: string): Promise<ProjectFiles> {
  const load = LOAD[name];
  if (load === undefined) throw new RangeError(`No template is named "${name}"`);
  return (await load()).files;
}
