import { consumersOf } from '../code/consumers';
import { isPlatformVariable } from '../code/platform-variables';
import type { RepositoryRule } from '../rule';

/** A variable that a program gets and does not read. */
export const variableNotRead: RepositoryRule = {
  id: 'variable-not-read',
  summary: 'a workload or service gives a variable that its code does not mention',
  why: 'A secret that nobody reads is one more that can leak and has to be rotated; and where a name was changed on one side only, the program runs without its value.',
  fix: 'Take the variable out, or correct its name.',
  example: {
    wrong: `# backend/ reads DATABASE_URL
env: [{ name: DB_URL, value: postgresql://postgres/shop }]`,
    right: `env: [{ name: DATABASE_URL, value: postgresql://postgres/shop }]`,
  },
  severity: 'warning',
  checkRepository: (repository) =>
    consumersOf(repository).flatMap(({ component, given, description }) =>
      component.known
        ? [...given].flatMap(([name, location]) =>
            component.mentions.has(name.toUpperCase()) || isPlatformVariable(name) || isRead(component, name)
              ? []
              : [
                  {
                    location,
                    message: `${description} gives ${name}, which nothing in ${component.folder === '.' ? 'the code' : `${component.folder}/`} reads`,
                    fix: `take ${name} out, or correct its name`,
                  },
                ],
          )
        : [],
    ),
};

/** Names that are composed, such as those of pydantic's prefix. */
function isRead(
  {
    variables,
    built,
  }: { readonly variables: readonly { readonly name: string }[]; readonly built: ReadonlySet<string> },
  name: string,
): boolean {
  return built.has(name) || variables.some((variable) => variable.name.toUpperCase() === name.toUpperCase());
}
