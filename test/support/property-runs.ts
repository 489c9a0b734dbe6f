import fc from 'fast-check';

/**
 * Properties meet the same cases in every run of the gate, so that it says of a commit what it said the last time.
 * `npm run test:properties` looks for new cases: another seed, and many times more of them.
 */
const runs = process.env.PROPERTY_RUNS;
fc.configureGlobal(runs === undefined ? { seed: 20_261_126 } : { numRuns: Number(runs) });
