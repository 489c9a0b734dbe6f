import type { DotenvDelivery, Environment } from '../catalog';
import { describeExposure, type GitFolder, gitStates } from './git';
import type { LocalFile, LocalFiles } from './local-file';
import type { DotenvPlan, PlannedFile, PlannedVariable } from './plan';
import { privateMode } from './write';

/** One thing that is wrong with the files, without any value. */
export interface DotenvFinding {
  readonly file: string;
  readonly variable?: string;
  readonly rule:
    | 'missing-file'
    | 'exposed'
    | 'mode'
    | 'missing-value'
    | 'outdated-value'
    | 'example-value'
    | 'undeclared'
    | 'repeated'
    | 'conflict';
  readonly message: string;
  readonly fix: string;
}

/** Compares the files on disk with the plan for them. A plan that has nothing to do and files that are private: no finding. */
export async function checkDotenv(
  environment: Environment<DotenvDelivery>,
  folder: GitFolder,
  { files }: LocalFiles,
  plan: DotenvPlan,
): Promise<DotenvFinding[]> {
  return [
    ...(await exposureFindings(
      folder,
      environment.delivery.files.map(({ path }) => path),
    )),
    ...plan.problems.map(({ path, what, got, fix }): DotenvFinding => ({
      file: path,
      rule: 'conflict',
      message: `${what} (${got})`,
      fix,
    })),
    ...files.flatMap((file) => {
      const planned = plan.files.find(({ path }) => path === file.path);
      return planned === undefined ? [] : fileFindings(environment, file, planned);
    }),
  ];
}

/** Files that git would pick up. */
export async function exposureFindings(folder: GitFolder, paths: readonly string[]): Promise<DotenvFinding[]> {
  const states = await gitStates(folder, paths);
  return paths.flatMap((file): DotenvFinding[] => {
    const exposure = describeExposure(file, states.get(file) ?? 'exposed');
    return exposure === undefined ? [] : [{ file, rule: 'exposed', message: exposure.what, fix: exposure.fix }];
  });
}

function fileFindings(
  environment: Environment<DotenvDelivery>,
  file: LocalFile,
  planned: PlannedFile,
): DotenvFinding[] {
  const write = `run "nivesh-secrets env --environment ${environment.name}"`;
  if (file.base !== 'current') {
    return [{ file: file.path, rule: 'missing-file', message: 'the file does not exist', fix: write }];
  }
  const mode: DotenvFinding[] =
    ((file.mode ?? 0) & 0o077) === 0
      ? []
      : [
          {
            file: file.path,
            rule: 'mode',
            message: `others can read the file, its mode is 0${(file.mode ?? 0).toString(8)}, allowed: 0${privateMode.toString(8)}`,
            fix: `run "chmod 600 ${file.path}"`,
          },
        ];
  return [
    ...mode,
    ...planned.variables.flatMap((variable) => variableFindings(environment, file, variable, write)),
    ...planned.added.map((variable): DotenvFinding => ({
      file: file.path,
      variable,
      rule: 'missing-value',
      message: `${variable} is in the example file only`,
      fix: write,
    })),
    ...planned.undeclared.map((variable): DotenvFinding => ({
      file: file.path,
      variable,
      rule: 'undeclared',
      message: `${variable} has an example value, and the catalog does not say where its value comes from`,
      fix: 'declare it for this file in the environment, or remove it',
    })),
    ...file.document.repeated.map(({ name, line }): DotenvFinding => ({
      file: `${file.path}:${line}`,
      variable: name,
      rule: 'repeated',
      message: `${name} is set again further down, where it counts`,
      fix: 'remove this line',
    })),
  ];
}

function variableFindings(
  environment: Environment<DotenvDelivery>,
  { path: file, values }: LocalFile,
  { name: variable, action, weak, issuedBy = [], replaces }: PlannedVariable,
  write: string,
): DotenvFinding[] {
  if (action === 'conflicting') {
    return [];
  }
  if (action === 'kept') {
    // A laptop may have weak passwords of its owner's choice; production may not.
    return weak === undefined || !environment.production
      ? []
      : [
          {
            file,
            variable,
            rule: 'example-value',
            message: `${variable} looks like an example: ${weak}`,
            fix: `rotate it: --rotate ${variable}`,
          },
        ];
  }
  if (action === 'waiting') {
    return environment.production
      ? [
          {
            file,
            variable,
            rule: (values.get(variable) ?? '') === '' ? 'missing-value' : 'example-value',
            message: `${variable} has no real value; ${issuedBy.join(', ')} issues it`,
            fix: `enter it: --set ${variable}`,
          },
        ]
      : [];
  }
  switch (replaces) {
    case 'example':
      return [{ file, variable, rule: 'example-value', message: `${variable} has an example value`, fix: write }];
    case 'another value':
      return [
        {
          file,
          variable,
          rule: 'outdated-value',
          message: `${variable} does not have the value that its fields have`,
          fix: write,
        },
      ];
    default:
      return [{ file, variable, rule: 'missing-value', message: `${variable} has no value`, fix: write }];
  }
}
