import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeclarationError, defineCatalog, type WorkloadDeclaration } from '../../lib/catalog';
import type { Benchmark, Measures, Prepared } from './harness/benchmark';
import { runProgram, timed } from './harness/measure';
import { makeTeams, workloadsOf } from './support/services';
import { writeOurs } from './support/synthesis';

const sizes = [100, 1000, 3000] as const;
const fault = 'FAULTY-NAME';

/** A catalog without fault but for one variable of the workload in the middle. */
function withFault(services: number): {
  readonly workloads: Record<string, WorkloadDeclaration>;
  readonly faulty: string;
  readonly place: string;
} {
  const workloads = workloadsOf(makeTeams(services));
  const entries = Object.entries(workloads);
  const [name, middle] = entries[Math.floor(entries.length / 2)] ?? [];
  if (name === undefined || middle === undefined) {
    throw new Error('there is no service in the middle');
  }
  const [first] = Object.values(middle.env);
  return {
    workloads: { ...workloads, [name]: { ...middle, env: { ...middle.env, ...(first ? { [fault]: first } : {}) } } },
    faulty: name,
    place: `workloads.${name}.env.${fault}`,
  };
}

/** Where the only fault of a catalog is reported. */
function reportedPlace(workloads: Record<string, WorkloadDeclaration>): string {
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

/** A project in a folder with the same fault in its sources; gives its place. */
function writeWithFault(folder: string, services: number): string {
  const { faulty, workloads, place } = withFault(services);
  writeOurs(folder, services);
  const file = join(folder, 'teams', `${workloads[faulty]?.namespace ?? ''}.ts`);
  const source = readFileSync(file, 'utf8');
  const start = source.indexOf('env: {', source.indexOf(`'${faulty}': workload({`));
  writeFileSync(file, `${source.slice(0, start)}env: { '${fault}': postgres.password, ${source.slice(start + 6)}`);
  return place;
}

/** Runs a command that reads the catalog of a project, and must fail with the place of the fault. */
async function runWithFault(folder: string, place: string): Promise<Measures> {
  const main = join(__dirname, '../../lib/cli/main.js');
  const { stderr, measures } = await runProgram(process.execPath, [main, 'matrix'], { cwd: folder, codes: [2] });
  if (!stderr.includes(`${place}: `)) {
    throw new Error(`the fault at ${place} was not reported: ${stderr}`);
  }
  return measures;
}

function prepare(): Prepared {
  const folder = mkdtempSync(join(tmpdir(), 'bench-catalog-checks-'));
  const most = Math.max(...sizes);
  const ofCommand = `the command matrix, ${most} workloads`;
  const placeInProject = writeWithFault(folder, most);
  return {
    variants: [
      ...sizes.map((size) => {
        const { workloads, place } = withFault(size);
        return {
          name: `${size} workloads`,
          run: async () => {
            const { result, measures } = await timed(() => reportedPlace(workloads), most / size);
            if (result !== place) {
              throw new Error(`the fault at ${place} was reported at ${result}`);
            }
            return measures;
          },
        };
      }),
      { name: ofCommand, run: async () => await runWithFault(folder, placeInProject) },
    ],
    figures: [
      {
        type: 'growth',
        what: 'growth from 100 to 3,000 workloads',
        points: sizes.map((size) => [size, `${size} workloads`] as const),
        atMost: 1.1,
      },
      ...[`${most} workloads`, ofCommand].map((of) => ({
        type: 'limit' as const,
        what: `time until the report, ${of}`,
        measure: 'time',
        of,
        atMost: 1,
      })),
    ],
    close: () => {
      rmSync(folder, { recursive: true });
    },
  };
}

export const benchmark: Benchmark = {
  name: 'catalog-checks',
  title: 'finding a fault in the middle of a catalog',
  rounds: 7,
  prepare,
};
