import { DeclarationError, defineCatalog, type WorkloadDeclaration } from '../../lib/catalog';
import type { Benchmark } from './harness/benchmark';
import { timed } from './harness/measure';
import { makeTeams, workloadsOf } from './support/services';

const sizes = [100, 1000, 3000] as const;
const fault = 'FAULTY-NAME';

/** A catalog without fault but for one variable of the workload in the middle. */
export function withFault(services: number): { workloads: Record<string, WorkloadDeclaration>; place: string } {
  const workloads = workloadsOf(makeTeams(services));
  const entries = Object.entries(workloads);
  const [name, middle] = entries[Math.floor(entries.length / 2)] ?? [];
  if (name === undefined || middle === undefined) {
    throw new Error('there is no service in the middle');
  }
  const [first] = Object.values(middle.env);
  return {
    workloads: { ...workloads, [name]: { ...middle, env: { ...middle.env, ...(first ? { [fault]: first } : {}) } } },
    place: `workloads.${name}.env.${fault}`,
  };
}

/** Where the only fault of a catalog is reported. */
export function reportedPlace(workloads: Record<string, WorkloadDeclaration>): string {
  try {
    defineCatalog({ name: 'bench', workloads });
  } catch (error) {
    if (error instanceof DeclarationError && error.problems.length === 1) {
      return error.problems[0]?.path ?? '';
    }
    throw error;
  }
  throw new Error('the fault was not found');
}

export const benchmark: Benchmark = {
  name: 'catalog-checks',
  title: 'finding a fault in the middle of a catalog',
  rounds: 7,
  prepare: () => ({
    variants: sizes.map((size) => {
      const { workloads, place } = withFault(size);
      return {
        name: `${size} workloads`,
        run: async () => {
          const { result, measures } = await timed(() => reportedPlace(workloads), 3000 / size);
          if (result !== place) {
            throw new Error(`the fault at ${place} was reported at ${result}`);
          }
          return measures;
        },
      };
    }),
    figures: [
      {
        type: 'growth',
        what: 'growth from 100 to 3,000 workloads',
        points: sizes.map((size) => [size, `${size} workloads`]),
        atMost: 1.1,
      },
      {
        type: 'limit',
        what: 'time until the report, 3,000 workloads',
        measure: 'time',
        of: '3000 workloads',
        atMost: 1,
      },
    ],
  }),
};
