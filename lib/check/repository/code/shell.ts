import type { CodeReader } from './variable';

/**
 * `${X:?message}` and `${X:-default}`. A plain `$X` may be the script's own variable, and counts only as a mention.
 */
export const readShell: CodeReader = (lines) => ({
  variables: lines.flatMap((line, index) =>
    /^\s*#/.test(line)
      ? []
      : [...line.matchAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)(:?[?=-])/g)].map(([, name = '', operator = '']) => ({
          name,
          line: index + 1,
          required: operator.endsWith('?'),
        })),
  ),
  dynamic: lines.some((line) => /\$\{!|\bprintenv\s+"?\$|\benvsubst\b/.test(line)),
});
