import { parse } from 'yaml';
import { mergeWorkflow } from '../../../lib/scanning/setup/workflow';

const install = 'npm ci --ignore-scripts';

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly { readonly uses?: string; readonly run?: string }[] }>
  >;
}

describe('a new workflow', () => {
  const { text, problems } = mergeWorkflow(undefined, install);
  const workflow = parse(text) as Workflow;

  it('runs on every change and every day, and may only read', () => {
    expect(problems).toEqual([]);
    expect(workflow.on).toEqual({
      pull_request: null,
      push: null,
      merge_group: null,
      schedule: [{ cron: '17 4 * * *' }],
    });
    expect(workflow.permissions).toEqual({ contents: 'read' });
  });

  it('installs, proves itself, and scans the files and once a day the history', () => {
    const { steps = [] } = workflow.jobs['secret-scan'] ?? {};
    expect(steps.map(({ uses, run }) => uses ?? run)).toMatchInlineSnapshot(`
     [
       "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683",
       "actions/setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020",
       "npm ci --ignore-scripts",
       "npx --no-install nivesh-secrets scan --self-test --require detect-secrets",
       "npx --no-install nivesh-secrets scan --require detect-secrets",
       "npx --no-install nivesh-secrets scan --history --require detect-secrets",
     ]
    `);
    expect(steps[0]).toMatchObject({ with: { 'fetch-depth': 0, 'persist-credentials': false } });
    expect(steps.at(-1)).toMatchObject({ if: "github.event_name == 'schedule'" });
  });

  it('is as it should be the second time', () => {
    expect(mergeWorkflow(text, 'another command')).toEqual({ text, problems: [] });
  });
});

const pinned = 'actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683';
const own = `name: Ours   # by hand
on:
  push:
    branches: [main]
jobs:
  scan:
    steps:
    - uses: ${pinned} # v4.2.2
      with: { fetch-depth: 0, persist-credentials: false }
    # before the scan
    - run: make
    - run: |
        npx nivesh-secrets scan --self-test
        npx nivesh-secrets scan --all
`;

it('gets what it lacks, and keeps the rest', () => {
  const { text, problems } = mergeWorkflow(own, install);
  expect(problems).toEqual([]);
  expect(text).toMatchInlineSnapshot(`
   "name: Ours   # by hand
   on:
     push:
       branches: [main]
     pull_request:
     merge_group:
     schedule:
       - cron: '17 4 * * *'
   jobs:
     scan:
       steps:
       - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
         with: { fetch-depth: 0, persist-credentials: false }
       # before the scan
       - run: make
       - run: |
           npx nivesh-secrets scan --self-test
           npx nivesh-secrets scan --all
       timeout-minutes: 30
   permissions:
     contents: read
   concurrency:
     group: secret-scan-\${{ github.event_name }}-\${{ github.ref }}
     cancel-in-progress: \${{ github.event_name == 'pull_request' }}
   "
  `);
  expect(mergeWorkflow(text, install).text).toBe(text);
});

it('gets the scans that it lacks, under its other steps', () => {
  const { text } = mergeWorkflow(
    own.replace('scan --self-test', 'scan --staged').replace('scan --all', 'scan'),
    install,
  );
  const { steps = [] } = (parse(text) as Workflow).jobs.scan ?? {};
  expect(steps.slice(3).map(({ run }) => run)).toEqual([
    'npx --no-install nivesh-secrets scan --self-test --require detect-secrets',
    'npx --no-install nivesh-secrets scan --history --require detect-secrets',
  ]);
});

it.each([
  ['text that is no YAML', 'on: [', 'the file is not one YAML document'],
  [
    'the workflow of somebody else',
    'on: [pull_request]\njobs:\n  detect-secrets:\n    steps:\n      - run: detect-secrets scan --baseline .secrets.baseline\n',
    'a workflow of that name is there, and it does not run nivesh-secrets',
  ],
  [
    'triggers that are a list',
    own.replace('  push:\n    branches: [main]\n', '  [push]\n'),
    'a schedule has no place in it',
  ],
  ['more rights', `${own}permissions: write-all\n`, 'it may do more than read'],
  ['one right to write', `${own}permissions:\n  contents: write\n`, 'it may do more than read'],
  ['a job with more rights', `${own}    permissions: { issues: write }\n`, 'it may do more than read'],
  [
    'an action by its tag',
    own.replace(pinned, 'actions/checkout@v4'),
    'the action can be replaced by whoever moves its tag',
  ],
  [
    'a token that stays',
    own.replace(', persist-credentials: false', ''),
    'later steps could use the token of the checkout',
  ],
  ['one commit only', own.replace('fetch-depth: 0, ', ''), 'the history is not there to be scanned'],
])('fails for %s, and changes nothing', (_, text, what) => {
  const merge = mergeWorkflow(text, install);
  expect(merge.text).toBe(text);
  expect(merge.problems.map((problem) => problem.what)).toEqual([what]);
});
