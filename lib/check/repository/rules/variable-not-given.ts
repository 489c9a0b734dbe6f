import { correctionOf } from '../../../catalog/nearest';
import type { CodeComponent } from '../code/component';
import { type Consumer, consumersOf } from '../code/consumers';
import { isPlatformVariable } from '../code/platform-variables';
import type { Fault, RepositoryRule } from '../rule';

/** A variable that a program needs and that what runs it does not give. */
export const variableNotGiven: RepositoryRule = {
  id: 'variable-not-given',
  summary: 'code needs an environment variable that its workload or service does not give',
  why: 'The program stops at its start, or goes on with "undefined" as a password or an address. It shows only where it runs: on laptops the variable is in the shell or in .env.',
  fix: 'Give the variable in the ExternalSecret, the ConfigMap or the env of the workload, or give it a default in the code if the program can do without.',
  example: {
    wrong: `// backend/src/main.ts; the Deployment gives DATABASE_URL only
const key = process.env.JWT_SECRET;`,
    right: `# the template of the ExternalSecret that the Deployment loads with envFrom
JWT_SECRET: '{{ .jwt_secret }}'`,
  },
  severity: 'error',
  checkRepository: (repository) =>
    repository.components.flatMap((component) => {
      const own = consumersOf(repository).filter((consumer) => consumer.component === component);
      return own.some(({ complete }) => complete) ? missingOf(component, own) : [];
    }),
};

function missingOf({ variables, built }: CodeComponent, consumers: readonly Consumer[]): Fault[] {
  const optional = new Set(variables.filter((variable) => variable.optional).map(({ name }) => name));
  const first = new Map(
    variables.toReversed().flatMap((variable) => (variable.optional ? [] : [[variable.name, variable] as const])),
  );
  return [...first.values()].toReversed().flatMap(({ name, location }): Fault[] => {
    const missing = consumers.filter(({ complete, given }) => complete && !given.has(name));
    const [one] = missing;
    if (one === undefined || isPlatformVariable(name) || built.has(name) || optional.has(name)) {
      return [];
    }
    const who = [...new Set(missing.map(({ description }) => description))].join(', ');
    return [
      {
        location,
        message: `the code needs ${name}, which it does not get from ${who}`,
        fix: correctionOf(name, [...one.given.keys()], `give ${name} there, or a default here`),
        related: missing.map((consumer) => ({
          ...consumer.location,
          message: `${consumer.description} gives other variables`,
        })),
      },
    ];
  });
}
