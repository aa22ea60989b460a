/** Variables by which a child process finds its caches and a place for temporary files, and what Windows cannot do without. */
export const ENV_OF_CACHES: readonly string[] = [
  "HOME",
  "XDG_CACHE_HOME",
  "USERPROFILE",
  "LOCALAPPDATA",
  "SystemRoot",
  "TMPDIR",
  "TEMP",
];
