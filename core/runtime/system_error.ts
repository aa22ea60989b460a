/** The system's name of an error, such as `ENOENT`. */
export function errorCodeOf(thrown: unknown): string | undefined {
  return (thrown as { code?: unknown } | null)?.code as string | undefined;
}

/** Why something failed, in words. */
export function reasonOf(cause: unknown): string {
  const code = errorCodeOf(cause);
  const known: Record<string, string> = {
    ENOENT: "it does not exist",
    ENOTDIR: "a folder on the way does not exist",
    EACCES: "permission denied",
    EPERM: "permission denied",
    EISDIR: "it is a folder",
    ENOSPC: "no space left on the device",
    EROFS: "the file system is read-only",
  };
  return known[code ?? ""] ?? (cause instanceof Error ? cause.message : String(cause));
}
