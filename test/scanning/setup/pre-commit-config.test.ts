import { parse } from 'yaml';
import { mergePreCommitConfig } from '../../../lib/scanning/setup/pre-commit-config';

it('is made with our hook and that of detect-secrets, by its commit', () => {
  expect(mergePreCommitConfig(undefined)).toMatchInlineSnapshot(`
   {
     "problems": [],
     "text": "# https://pre-commit.com
   repos:
     - repo: local
       hooks:
         - id: nivesh-secrets
           name: secrets in staged files
           entry: npx --no-install nivesh-secrets scan --staged
           language: system
           pass_filenames: false
     - repo: https://github.com/Yelp/detect-secrets
       rev: 01886c8a910c64595c47f186ca1ffc0b77fa5458 # frozen: v1.5.0 # pragma: allowlist secret
       hooks:
         - id: detect-secrets
           # Sends nothing that it finds to anybody. The hook above judges names: it knows those of the catalog.
           args: [--no-verify, --disable-plugin, KeywordDetector]
           # Fingerprints, which it takes for keys.
           exclude: ^\\.secrets\\.baseline\\.json$
   ",
   }
  `);
});

it('goes by the baseline of detect-secrets where there is one', () => {
  const { repos } = parse(mergePreCommitConfig(undefined, true).text) as { repos: { hooks: { args?: string[] }[] }[] };
  expect(repos[1]?.hooks[0]?.args?.slice(0, 2)).toEqual(['--baseline', '.secrets.baseline']);
});

it('is added to under what is there, and the second time nothing changes', () => {
  const text = `# of the team
default_stages: [pre-commit]
repos:
- repo: https://github.com/pre-commit/pre-commit-hooks  # first
  rev: v6.0.0
  hooks:
  -   id: check-yaml
`;
  const { text: merged, problems } = mergePreCommitConfig(text);
  expect(problems).toEqual([]);
  expect(merged.startsWith(`${text}- repo: local\n  hooks:\n`)).toBe(true);
  expect(mergePreCommitConfig(merged)).toEqual({ text: merged, problems: [] });
});

it('keeps a hook that runs the scan by other means, and adds only what is missing', () => {
  const text = `repos:
  - repo: local
    hooks:
      - id: nivesh-secrets
        name: ours
        entry: pnpm exec nivesh-secrets scan
        args: [--staged, --json]
        language: system
`;
  const { text: merged } = mergePreCommitConfig(text);
  expect(merged.slice(0, text.length)).toBe(text);
  expect(merged.slice(text.length)).toMatch(/^ {2}- repo: https:\/\/github.com\/Yelp\/detect-secrets\n/);
});

it.each([
  ['https://github.com/Yelp/detect-secrets', 'v1.4.0'],
  ['https://github.com/yelp/detect-secrets.git', 'v1.5.0'],
  ['git@github.com:Yelp/detect-secrets.git', 'main'],
])('fails for %s at %s, and changes nothing', (repo, rev) => {
  const text = `repos:\n  - repo: ${repo}\n    rev: ${rev}\n    hooks: [{ id: detect-secrets }]\n`;
  const merge = mergePreCommitConfig(text);
  expect(merge.text).toBe(text);
  expect(merge.problems).toEqual([
    {
      path: '.pre-commit-config.yaml: repos[0]',
      what: 'detect-secrets is at another version',
      got: `"${rev}"`,
      allowed: '01886c8a910c64595c47f186ca1ffc0b77fa5458 (v1.5.0), for tags can be moved',
      fix: 'change "rev" to that, or remove the entry and run this again',
    },
  ]);
});

it.each([
  [
    'another command under our name',
    'repos: [{ repo: local, hooks: [{ id: nivesh-secrets, entry: "true" }] }]',
    /runs something else/,
  ],
  ['text that is no YAML', 'repos: [', /not one YAML document/],
  ['repositories that are no list', 'repos: {}', /not a list/],
  ['no repositories', 'ci: {}', /not a list/],
  [
    'detect-secrets without its hook',
    'repos: [{ repo: "https://github.com/Yelp/detect-secrets", rev: 01886c8a910c64595c47f186ca1ffc0b77fa5458, hooks: [] }]',
    /has no hook/,
  ],
])('fails for %s, and changes nothing', (_, text, what) => {
  const merge = mergePreCommitConfig(text);
  expect(merge.text).toBe(text);
  expect(merge.problems.map((problem) => problem.what)).toEqual([expect.stringMatching(what)]);
});
