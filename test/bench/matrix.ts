import { type AccessGrant, accessMatrix } from '../../lib/audit/access-matrix';
import { matrixCsv } from '../../lib/audit/matrix-csv';
import { diffMatrices } from '../../lib/audit/matrix-diff';
import { matrixHtml } from '../../lib/audit/matrix-html';
import { matrixJson } from '../../lib/audit/matrix-json';
import { matrixTable } from '../../lib/audit/matrix-table';
import type { Environment } from '../../lib/catalog';
import type { Benchmark, Prepared } from './harness/benchmark';
import { timed } from './harness/measure';
import { catalogOf, environmentOf } from './support/services';

const sizes = [100, 1000, 3000] as const;

const nothing = { catalog: '', environments: [], grants: [] };

/** What is made of an environment. */
const forms: Readonly<Record<string, (environment: Environment) => string | readonly AccessGrant[]>> = {
  'the matrix': (environment) => accessMatrix([environment]).grants,
  table: (environment) => matrixTable(accessMatrix([environment])),
  csv: (environment) => matrixCsv(accessMatrix([environment])),
  json: (environment) => matrixJson(accessMatrix([environment])),
  html: (environment) => matrixHtml(accessMatrix([environment])),
  diff: (environment) => diffMatrices(nothing, accessMatrix([environment])).added,
};

/** At least one line, item or variable of a grant for each variable of a workload. */
function variablesIn(made: string | readonly AccessGrant[]): number {
  return typeof made === 'string'
    ? made.split(/\n|<li>/).length
    : made.reduce((sum, { variables }) => sum + variables.length, 0);
}

const nameOf = (form: string, size: number): string => `${form}, ${size} workloads`;

function prepare(): Prepared {
  return {
    variants: sizes.flatMap((size) => {
      // A catalog of its own each time: what is computed once a catalog is part of the work.
      const make = (): Environment => environmentOf(catalogOf(size));
      return Object.entries(forms).map(([form, formOf]) => ({
        name: nameOf(form, size),
        run: async () => {
          const environments = Array.from({ length: 3000 / size }, make);
          // All are kept until the end, for a garbage collector takes as long as there is to keep, of whatever size.
          const { result, measures } = await timed(() => environments.map(formOf));
          if (result.some((made) => variablesIn(made) < size * 20)) {
            throw new Error(`${form} of ${size} workloads has not every variable`);
          }
          const { time, processor } = measures;
          return { time: time / environments.length, processor: processor / environments.length };
        },
      }));
    }),
    figures: Object.keys(forms).map((form) => ({
      type: 'growth',
      what: `growth of ${form}, processor`,
      measure: 'processor',
      points: sizes.map((size) => [size, nameOf(form, size)] as const),
      atMost: 1.1,
    })),
  };
}

export const benchmark: Benchmark = {
  name: 'matrix',
  title: 'who may read what, in every form: a catalog of 100, 1000 and 3000 workloads',
  rounds: 5,
  prepare,
};
