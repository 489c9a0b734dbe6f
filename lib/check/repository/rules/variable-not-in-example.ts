import { dirname } from 'node:path/posix';
import { correctionOf } from '../../../catalog/nearest';
import { ambientVariable } from '../../compose';
import type { VariableUse } from '../../compose-uses';
import type { ComposeProject } from '../compose-projects';
import type { EnvFile } from '../env-files';
import type { Fault, RepositoryRule } from '../rule';

/** A variable that Compose files need and that the example does not tell anybody about. */
export const variableNotInExample: RepositoryRule = {
  id: 'variable-not-in-example',
  summary: 'a Compose file needs a variable that the example file beside it lacks',
  why: 'Whoever copies the example to .env gets a service that does not start, or one with an empty value.',
  fix: 'Add the variable to the example file, with a comment or a placeholder for its value.',
  example: {
    wrong: `# docker-compose.yml: \${JWT_SECRET:?}
# .env.example: (nothing)`,
    right: `# .env.example: JWT_SECRET=`,
  },
  severity: 'warning',
  checkRepository: ({ composeProjects, envFiles }) =>
    composeProjects.flatMap((project) => {
      const examples = envFiles.filter(({ path, example }) => example && dirname(path) === project.folder);
      return examples.length === 0 ? [] : checkProject(project, examples);
    }),
};

function checkProject({ uses, files }: ComposeProject, examples: readonly EnvFile[]): Fault[] {
  const names = [...new Set(examples.flatMap(({ entries }) => entries.map(({ name }) => name)))];
  const defaults = new Map(files.map((file) => [file.path, file.defaults]));
  const firsts = new Map<string, VariableUse>();
  for (const use of uses.filter(isNeeded)) {
    const isGiven = names.includes(use.name) || defaults.get(use.file)?.has(use.name);
    if (!firsts.has(use.name) && !isGiven && !ambientVariable.test(use.name)) {
      firsts.set(use.name, use);
    }
  }
  const where = examples.map(({ path }) => path).join(', ');
  return [...firsts.values()].map(({ name, file, line }) => ({
    location: { file, line },
    message: `${name} is needed here, and ${where} does not have it`,
    fix: correctionOf(name, unused(names, uses), `add ${name} to ${examples[0]?.path ?? where}`),
  }));
}

/** A name alone in a list is passed through where it is set, and left out where it is not. */
function isNeeded({ kind, path }: VariableUse): boolean {
  return kind === 'required' || (kind === 'bare' && !/\.(?:environment|args)$/.test(path));
}

/** Only a name that nothing uses can be a typing error for another. */
function unused(names: readonly string[], uses: readonly VariableUse[]): string[] {
  const used = new Set(uses.map(({ name }) => name));
  return names.filter((name) => !used.has(name));
}
