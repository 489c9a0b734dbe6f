import { correctionOf } from '../../../catalog/nearest';
import { listOf, mapOf } from '../../../plain-data';
import { textOf } from '../data';
import type { Repository } from '../model';
import { containersOf } from '../references';
import type { RepositoryRule } from '../rule';

/** A variable that the example asks for and nobody reads. */
export const exampleVariableUnused: RepositoryRule = {
  id: 'example-variable-unused',
  summary: 'an example file has a variable that nothing reads',
  why: 'People look for values that nobody needs, and a variable that was renamed in one place only stays unset in the other.',
  fix: 'Remove the variable, or correct its name. Of files that are not for Compose this is only said where it is known what programs read.',
  example: {
    wrong: `# docker-compose.env.example: REDIS_PASS=
# docker-compose.yml: \${REDIS_PASSWORD:?}`,
    right: '# docker-compose.env.example: REDIS_PASSWORD=',
  },
  severity: 'warning',
  checkRepository: (repository) => {
    const read = readNames(repository);
    const { components } = repository;
    const codeIsKnown = components.length > 0 && components.every(({ known }) => known);
    return repository.envFiles
      .filter(({ path, example }) => example && (codeIsKnown || /compose[^/]*$/.test(path)))
      .flatMap(({ path, entries }) => {
        const written = new Set(entries.map(({ name }) => name));
        const missing = [...read].filter((name) => !written.has(name));
        return entries
          .filter(({ name }) => !read.has(name) && !isMentioned(components, name) && !name.startsWith('COMPOSE_'))
          .map(({ name, line }) => ({
            location: { file: path, line },
            message: `nothing reads ${name}`,
            fix: correctionOf(name, missing, 'remove it'),
          }));
      });
  },
};

function isMentioned(components: Repository['components'], name: string): boolean {
  return components.some(({ mentions }) => mentions.has(name.toUpperCase()));
}

function readNames({ composeProjects, components, objects }: Repository): Set<string> {
  return new Set([
    ...composeProjects.flatMap(({ uses }) => uses.map(({ name }) => name)),
    ...components.flatMap(({ variables }) => variables.map(({ name }) => name)),
    ...objects
      .flatMap(containersOf)
      .flatMap(({ container }) => listOf(container.env).flatMap((entry) => textOf(mapOf(entry).name) ?? [])),
  ]);
}
