import { parse } from 'dotenv';
import type { ComposeReader } from '../../../lib/check/compose-loader';

/** Files of a project in `/app`; `forbidden.yaml` is there and may not be read. */
export function memoryReader(
  files: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>> = {},
): ComposeReader {
  const textOf = (path: string): string | undefined => files[path.replace('/app/', '')];
  return {
    folder: '/app',
    lookup: (name) => variables[name],
    read: (path) => {
      const text = textOf(path);
      const forbidden = { unread: 'nobody may read it', fix: 'allow it' };
      return Promise.resolve(
        path === '/app/forbidden.yaml' ? forbidden : text === undefined ? undefined : Buffer.from(text),
      );
    },
    variables: (path) => Promise.resolve(Object.entries(parse(textOf(path) ?? ''))),
  };
}
