/** The innermost cause, in one line: `ECONNREFUSED 127.0.0.1:8200`. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error) {
    return error.cause ? reasonOf(error.cause) : (error.message.split('\n')[0] ?? error.name);
  }
  return String(error);
}
