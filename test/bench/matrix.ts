import { accessMatrix } from '../../lib/audit/access-matrix';
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

/** What is made of an environment, and how much of it there must be: one line or record a variable, at least. */
const forms: Readonly<Record<string, (environment: Environment) => number>> = {
  'the matrix': (environment) => accessMatrix([environment]).grants.length * 5,
  table: (environment) => matrixTable(accessMatrix([environment])).split('\n').length,
  csv: (environment) => matrixCsv(accessMatrix([environment])).split('\n').length,
  json: (environment) => matrixJson(accessMatrix([environment])).split('\n').length,
  html: (environment) => matrixHtml(accessMatrix([environment])).split('<li>').length,
  diff: (environment) =>
    diffMatrices({ catalog: '', environments: [], grants: [] }, accessMatrix([environment])).added.length * 5,
};

const nameOf = (form: string, size: number): string => `${form}, ${size} workloads`;

function prepare(): Prepared {
  return {
    variants: sizes.flatMap((size) => {
      // A catalog of its own each time: the relation is computed once a catalog.
      const make = (): Environment => environmentOf(catalogOf(size));
      return Object.entries(forms).map(([form, lengthOf]) => ({
        name: nameOf(form, size),
        run: async () => {
          const environments = Array.from({ length: Math.ceil(1000 / size) }, make);
          const { result, measures } = await timed(() => environments.map(lengthOf));
          if (result.some((length) => length < size * 20)) {
            throw new Error(`${form} has ${String(result[0])} lines for ${size} workloads`);
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
