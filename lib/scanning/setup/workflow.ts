import { type Problem, quoted } from '../../catalog';
import { listOf, mapOf } from '../../plain-data';
import type { Merge } from './merge';
import { YamlFile, type YamlPath } from './yaml-file';

/** The workflow of GitHub Actions, at the top of a repository. */
export const workflowPath = '.github/workflows/secret-scan.yml';

/** By commit: a tag can be moved. */
const checkout = 'actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2';
const setupNode = 'actions/setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020 # v4.4.0';

/** What starts it: `pull_request` alone would see no direct push, no other branch and no history. */
const triggers = ['pull_request:', 'push:', 'merge_group:', "schedule:\n  - cron: '17 4 * * *'"];

const permissions = 'permissions:\n  contents: read\n';

const concurrency = `\
concurrency:
  group: secret-scan-\${{ github.event_name }}-\${{ github.ref }}
  cancel-in-progress: \${{ github.event_name == 'pull_request' }}
`;

const timeout = 'timeout-minutes: 30\n';

const scan = 'npx --no-install nivesh-secrets scan';
/** A laptop may lack Python, a runner may not. */
const required = '--require detect-secrets';

interface ScanStep {
  /** Whether a call with these options does what the step is for. */
  readonly isDone: (options: readonly string[]) => boolean;
  readonly written: string;
}

const steps: readonly ScanStep[] = [
  {
    isDone: (options) => options.includes('--self-test'),
    written: `name: Prove that the scan finds generated secrets\nrun: ${scan} --self-test ${required}\n`,
  },
  {
    isDone: (options) =>
      options.includes('--all') || options.every((option) => ['--json', '--require'].includes(option)),
    written: `name: Scan the files\nrun: ${scan} ${required}\n`,
  },
  {
    isDone: (options) => options.includes('--all') || options.includes('--history'),
    written: `name: Scan the whole history\nif: github.event_name == 'schedule'\nrun: ${scan} --history ${required}\n`,
  },
];

/**
 * Makes the workflow, or adds to it what it lacks.
 * @param text of the file @default - there is none
 * @param install command that installs the packages of the project as its lock file has them
 */
export function mergeWorkflow(text: string | undefined, install: string): Merge {
  if (text === undefined || text.trim() === '') {
    return { text: newWorkflow(install), problems: [] };
  }
  const file = YamlFile.parse(text);
  if (typeof file === 'string') {
    return { text, problems: [problem('', 'the file is not one YAML document', file, 'YAML', 'correct it')] };
  }
  const workflow = mapOf(file.content);
  const found = ownJob(workflow);
  if (!found) {
    const jobs = Object.keys(mapOf(workflow.jobs)).join(', ');
    const what = 'a workflow of that name is there, and it does not run nivesh-secrets';
    const allowed = 'a job with a step that runs "nivesh-secrets scan"';
    return { text, problems: [problem('jobs', what, jobs, allowed, 'rename or remove it, and run this again')] };
  }
  const problems = [...problemsOf(workflow), ...problemsOfJob(found.job, `jobs.${found.name}`)];
  return { text: problems.length > 0 ? text : complete(file, found.name).text, problems };
}

function newWorkflow(install: string): string {
  return `\
# Fails on secrets in any change, and every day in the whole history. Written by: nivesh-secrets scan --install
name: Secret scan
on:
${indented(triggers.join('\n'), 2)}
${permissions}${concurrency}jobs:
  secret-scan:
    runs-on: ubuntu-24.04
    ${timeout}    steps:
      - uses: ${checkout}
        with:
          # Every commit: what a later commit removes is still in the history.
          fetch-depth: 0
          persist-credentials: false
      - uses: ${setupNode}
        with:
          node-version: '20'
      - name: Install
        run: ${install}
${steps.map(({ written }) => indented(`- ${indented(written.trimEnd(), 2).trimStart()}`, 6)).join('\n')}
`;
}

function indented(text: string, columns: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(columns));
}

interface Job {
  readonly name: string;
  readonly job: Record<string, unknown>;
}

function ownJob({ jobs }: Record<string, unknown>): Job | undefined {
  return Object.entries(mapOf(jobs))
    .map(([name, job]) => ({ name, job: mapOf(job) }))
    .find(({ job }) => stepsOf(job).some(({ run }) => scansIn(run).length > 0));
}

function stepsOf(job: Record<string, unknown>): Record<string, unknown>[] {
  return listOf(job.steps).map(mapOf);
}

/** Options of every call of the scan in a script. */
function scansIn(run: unknown): string[][] {
  return String(run)
    .split('\n')
    .flatMap((line) => line.split(/\bnivesh-secrets scan\b/).slice(1))
    .map((rest) => rest.split(/\s+/).filter((word) => word.startsWith('--')));
}

/** Adds what is missing. */
function complete(file: YamlFile, job: string): YamlFile {
  const workflow = mapOf(file.content);
  const { on } = workflow;
  const { job: content = {} } = ownJob(workflow) ?? {};
  const additions: (readonly [YamlPath, string])[] = [
    ...triggers.filter((trigger) => !(keyOf(trigger) in mapOf(on))).map((trigger) => [['on'], trigger] as const),
    ...[permissions, concurrency].filter((entry) => !(keyOf(entry) in workflow)).map((entry) => [[], entry] as const),
    ...(keyOf(timeout) in content ? [] : [[['jobs', job], timeout] as const]),
    ...steps
      .filter(({ isDone }) => !stepsOf(content).some(({ run }) => scansIn(run).some(isDone)))
      .map(({ written }) => [['jobs', job, 'steps'], written] as const),
  ];
  return additions.reduce((merged, [path, written]) => merged.append(path, written), file);
}

function keyOf(entry: string): string {
  return entry.slice(0, entry.indexOf(':'));
}

function problem(place: string, what: string, got: unknown, allowed: string, fix: string): Problem {
  return {
    path: place === '' ? workflowPath : `${workflowPath}: ${place}`,
    what,
    got: got === undefined ? 'nothing' : typeof got === 'object' ? JSON.stringify(got) : quoted(got),
    allowed,
    fix,
  };
}

function problemsOf({ on, permissions: rights }: Record<string, unknown>): Problem[] {
  const allowed = 'contents: read';
  return [
    ...(Object.keys(mapOf(on)).length > 0
      ? []
      : [problem('on', 'a schedule has no place in it', on, 'a map of triggers', 'write it as a map')]),
    ...(rights === undefined || isReadOnly(rights)
      ? []
      : [problem('permissions', 'it may do more than read', rights, allowed, `write "${allowed}"`)]),
  ];
}

/** https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions */
function isReadOnly(rights: unknown): boolean {
  return rights !== 'write-all' && !Object.values(mapOf(rights)).includes('write');
}

function problemsOfJob(job: Record<string, unknown>, place: string): Problem[] {
  const problems: Problem[] = [];
  if (job.permissions !== undefined && !isReadOnly(job.permissions)) {
    const what = 'it may do more than read';
    problems.push(problem(`${place}.permissions`, what, job.permissions, 'contents: read', 'remove it'));
  }
  stepsOf(job).forEach(({ uses, with: inputs }, index) => {
    const where = `${place}.steps[${index}]`;
    if (typeof uses !== 'string') {
      return;
    }
    if (!/^\.\/|@[0-9a-f]{40}$|@sha256:[0-9a-f]{64}$/.test(uses)) {
      const fix = 'write the commit of that version, and the version as a comment';
      problems.push(problem(where, 'the action can be replaced by whoever moves its tag', uses, 'a full commit', fix));
    }
    if (!uses.startsWith('actions/checkout@')) {
      return;
    }
    const given = mapOf(inputs);
    if (String(given['persist-credentials']) !== 'false') {
      const what = 'later steps could use the token of the checkout';
      const got = given['persist-credentials'];
      problems.push(problem(`${where}.with`, what, got, 'persist-credentials: false', 'write that'));
    }
    if (String(given['fetch-depth']) !== '0') {
      const what = 'the history is not there to be scanned';
      problems.push(problem(`${where}.with`, what, given['fetch-depth'], 'fetch-depth: 0', 'write that'));
    }
  });
  return problems;
}
