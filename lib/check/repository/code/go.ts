import type { CodeReader } from './variable';

/** `os.Getenv("X")`; `os.LookupEnv`, and a value that an `if` asks for, have no need of one. */
export const readGo: CodeReader = (lines) => ({
  variables: lines.flatMap((line, index) =>
    /^\s*\/\//.test(line)
      ? []
      : [...line.matchAll(/\bos\.(Getenv|LookupEnv)\(\s*["`]([A-Za-z_][A-Za-z0-9_]*)["`]\s*\)(\s*[!=]=)?/g)].map(
          ([, call, name = '', compared]) => ({
            name,
            line: index + 1,
            required: call === 'Getenv' && compared === undefined && !/^\s*(?:\}\s*else\s+)?if\s/.test(line),
          }),
        ),
  ),
  dynamic: lines.some((line) => /\bos\.(?:Getenv|LookupEnv)\(\s*[^"`\s)]|\bos\.(?:Environ|ExpandEnv)\(/.test(line)),
});
