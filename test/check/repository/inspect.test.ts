import { rmSync } from 'node:fs';
import { inspectRepository } from '../../../lib/check/repository/inspect';
import { objectRules, repositoryRules } from '../../../lib/check/repository/rules';
import { correctSample, lineOf, plantedFaults, type PlantedFault, type Sample, withFault, writeSample } from './sample';

const faults = plantedFaults();
const folders: string[] = [];

afterAll(() => {
  folders.forEach((folder) => {
    rmSync(folder, { recursive: true });
  });
});

/** `rule file:line` of everything that is found in a sample. */
async function findings(sample: Sample): Promise<string[]> {
  const folder = writeSample(sample);
  folders.push(folder);
  const report = await inspectRepository(folder);
  return report.findings.map(({ rule, location }) => `${rule} ${location.file}:${location.line ?? 0}`);
}

const nameOf = (sample: Sample, fault: PlantedFault): string => `${fault.rule} ${fault.file}:${lineOf(sample, fault)}`;

describe('checking a repository', () => {
  it('finds nothing where everything fits together', async () => {
    expect(await findings(correctSample)).toEqual([]);
  });

  it.each(faults.map((fault) => [fault.rule, fault.file, fault] as const))(
    'finds %s in %s at its line, once, and nothing else',
    async (_, __, fault) => {
      const sample = withFault(correctSample, fault);
      expect(await findings(sample)).toEqual([nameOf(sample, fault)]);
    },
  );

  it('finds all of them at once, and nothing else', async () => {
    const sample = faults.reduce(withFault, correctSample);
    expect((await findings(sample)).sort()).toEqual(faults.map((fault) => nameOf(sample, fault)).sort());
  });

  it('has a planted fault for every rule', () => {
    const planted = new Set(faults.map(({ rule }) => rule));
    expect([...objectRules, ...repositoryRules].map(({ id }) => id).filter((id) => !planted.has(id))).toEqual([]);
  });
});
