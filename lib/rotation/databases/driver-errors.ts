import { RotationError, RotationServerError } from '../errors';

/**
 * What a driver throws, without values: drivers put statements and connection URLs into messages and into properties of
 * their errors, so only one line goes on, and what is known to be secret is taken out of it.
 */
export class DriverErrors {
  readonly #hidden = new Set<string>();

  /**
   * @param server for the beginning of messages, such as `postgresql at db:5432`
   * @param fix what usually mends it
   */
  constructor(
    readonly server: string,
    private readonly fix: string,
  ) {}

  /** Values that no message may hold from now on; as they are and as a URL writes them. */
  hide(...values: readonly string[]): void {
    for (const value of values.filter((text) => text !== '')) {
      this.#hidden.add(value).add(encodeURIComponent(value));
    }
  }

  /** Does something with the driver. @throws RotationError for every failure */
  async during<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof RotationError ? error : this.failed(what, error);
    }
  }

  /** `postgresql at db:5432: cannot <what>: <reason>` */
  failed(what: string, error: unknown): RotationServerError {
    return new RotationServerError(`${this.server}: cannot ${what}: ${this.reason(error)}`, this.fix);
  }

  /** The first line of what went wrong. */
  reason(error: unknown): string {
    const { message, code, errors } = partsOf(error);
    const [line = ''] = message.split('\n');
    // An AggregateError, as for a name with several addresses, has no message of its own.
    const text = line !== '' ? line : errors[0] !== undefined ? this.reason(errors[0]) : code;
    return [...this.#hidden]
      .sort((a, b) => b.length - a.length)
      .reduce((shown, value) => shown.replaceAll(value, '[secret]'), text === '' ? 'no reason given' : text);
  }
}

/** What a driver throws, whatever its class. */
export function partsOf(error: unknown): { message: string; code: string; errors: readonly unknown[] } {
  if (typeof error !== 'object' || error === null) {
    return { message: '', code: '', errors: [] };
  }
  const { message, code, errors } = error as { message?: unknown; code?: unknown; errors?: unknown };
  return {
    message: typeof message === 'string' ? message : '',
    code: typeof code === 'string' ? code : '',
    errors: Array.isArray(errors) ? errors : [],
  };
}
