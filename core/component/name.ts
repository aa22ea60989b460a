/** Refuses names that YAML users could not write. @throws {TypeError} */
export function checkComponentName(name: string): void {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new TypeError(
      `A component name is lower-case letters, digits and underscores, letter first: "${name}"`,
    );
  }
}
