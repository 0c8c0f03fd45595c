/**
 * Whatever goes wrong in reynolds. `code` is stable and the same in every language.
 *
 * | numbers | whose fault |
 * |---|---|
 * | RY10xx | the input's: nothing changed, nothing was recorded |
 * | RY11xx | the webhook payload's |
 * | RY20xx | the host's: the message says the remedy |
 * | RY21xx | the journal's, on the disk |
 * | RY22xx | the host layer's |
 * | RY3xxx | the stored bytes' |
 */
export class ReynoldsError extends Error {
  override readonly name = "ReynoldsError";
  /** The stable number, for example `RY1001`. */
  readonly code: string;
  /**
   * What of the input is meant, for programs: the field, of RY1007 the limit, of RY1014 and RY1017 the rule, setting or task.
   * Absent where no single one is meant, and for RY1001, whose message names the place.
   */
  readonly field?: string;

  /** @internal */
  constructor(message: string, options?: ErrorOptions & { field?: string | undefined }) {
    super(message, options);
    if (options?.field !== undefined) this.field = options.field;
    this.code = /^RY\d{4}/.exec(message)?.[0] ?? "RY2206";
  }
}

/** What a host that is closed answers. */
export function closed(): ReynoldsError {
  return new ReynoldsError("RY2202: it is closed; open the journal again");
}

/** Calls the addon. Its errors are thrown again with their number as `code`. */
export function native<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw numbered(error);
  }
}

/** The same for calls that answer later. */
export async function later<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw numbered(error);
  }
}

/** The same for what `input` was made into. */
export function nativeOf<T>(input: unknown, call: () => T): T {
  try {
    return native(call);
  } catch (error) {
    throw typeof input === "string" || input instanceof Uint8Array ? error : unplaced(error);
  }
}

/** What was given as an object has no lines and columns: they would be those of a text that nobody has written. */
export function unplaced(error: unknown): unknown {
  if (!(error instanceof ReynoldsError)) return error;
  const message = error.message.replace(/ at line \d+ column \d+/, "");
  return message === error.message ? error : new ReynoldsError(message, { field: error.field });
}

function numbered(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ReynoldsError) return error;
  // An error of the addon is one text: what is behind the separator is the field.
  const [message = "", field] = error.message.split("\u001f");
  if (/^RY\d{4}/.test(message)) return new ReynoldsError(message, { field });
  // What Node-API says of an argument of another type than declared.
  return new ReynoldsError(`RY2206: the call can not be made: ${error.message}; compare with the declared types`, { cause: error });
}
