import { type FileKind, fileKind } from '../../lib/scanning/file-kind';

it.each<[FileKind, string[]]>([
  ['code', ['main.ts', 'src/app.module.TS', 'settings.py', 'Main.java', 'a b.js', 'über.go', 'index.d.mts']],
  ['json', ['package.json', 'tsconfig.jsonc', 'train.ipynb', 'a/.hidden.json']],
  ['text', ['.env', 'values.yaml', 'deploy.sh', 'readme.md', 'Dockerfile', 'app.properties']],
])('%s is told by the extension, in capitals too', (kind, paths) => {
  expect(paths.map((path) => [path, fileKind(path)])).toEqual(paths.map((path) => [path, kind]));
});

it.each(['main.ts.bak', 'config.json~', 'src.ts/README', 'ts', 'go', 'a.py/', 'main.ts\n', 'main.', ''])(
  '%j has no extension that means code or JSON',
  (path) => {
    expect(fileKind(path)).toBe('text');
  },
);
