/** What every assertion of this package throws. */
export class AssertionError extends Error {
  /** Makes the error; `options.cause` may hold what led to it. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}

/** Throws an {@linkcode AssertionError} that says `what`, `msg` where there is one, and `detail` on lines of its own. */
export function failWith(what: string, msg?: string, detail = ""): never {
  throw new AssertionError(`${msg ? `${what}: ${msg}` : what}${detail}`);
}
