import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { inspectRepository, type RepositoryReport } from '../../../lib/check/repository/inspect';
import type { RepositoryFinding } from '../../../lib/check/repository/rule';
import { allRules } from '../../../lib/check/repository/rules';
import { sarifLog } from '../../../lib/check/repository/sarif';
import { correctSample, plantedFaults, withFault, writeSample } from './sample';

/**
 * The schema of OASIS (Schemata/sarif-schema-2.1.0.json of github.com/oasis-tcs/sarif-spec) with the properties that are
 * written here, and no other: one that is misspelt is refused.
 */
function validator() {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  return ajv.compile(JSON.parse(readFileSync(join(__dirname, 'sarif-2.1.0.schema.json'), 'utf8')) as object);
}

function report(findings: readonly Partial<RepositoryFinding>[]): RepositoryReport {
  return {
    findings: findings.map((finding) => ({
      rule: 'secret-not-made',
      location: { file: 'a.yaml', line: 1 },
      message: 'm',
      fix: 'f',
      related: [],
      ...finding,
    })),
    suppressed: [],
    notes: [],
  };
}

function fingerprints(findings: readonly Partial<RepositoryFinding>[]): unknown[] {
  const [run] = sarifLog(report(findings), allRules, '1.0.0').runs;
  return (run?.results ?? []).map(({ partialFingerprints }) => partialFingerprints?.['niveshSecrets/v1']);
}

describe('a report in SARIF', () => {
  it('is valid with every fault, a suppressed one and a note in it', async () => {
    const folder = writeSample({
      ...plantedFaults().reduce(withFault, correctSample),
      'k8s/template.yaml': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ x }}\n',
      '.nivesh-secrets-check.yaml':
        'suppressions:\n  - { rule: secret-not-made, path: k8s/ingress.yaml, reason: by hand, until: 2099-01-01 }\n',
    });
    try {
      const inspected = await inspectRepository(folder);
      const validate = validator();
      const log = sarifLog(inspected, allRules, '1.0.0');
      expect(validate(log) || validate.errors).toBe(true);
      const results = log.runs[0]?.results ?? [];
      expect(results).toHaveLength(plantedFaults().length);
      expect(results.filter(({ suppressions }) => suppressions)).toMatchObject([
        {
          ruleId: 'secret-not-made',
          suppressions: [{ kind: 'external', justification: 'by hand (until 2099-01-01)' }],
        },
      ]);
      expect(log.runs[0]?.invocations?.[0]?.toolExecutionNotifications).toHaveLength(1);
      expect(JSON.stringify(log)).not.toContain(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('fails the schema with a property that SARIF does not have', () => {
    const log = sarifLog(report([{}]), allRules, '1.0.0');
    expect(validator()({ ...log, findings: [] })).toBe(false);
  });

  it('names a file with unusual letters by a URI', () => {
    const [run] = sarifLog(report([{ location: { file: 'k8s/ä b#.yaml' } }]), allRules, '1.0.0').runs;
    expect(run?.results?.[0]?.locations).toEqual([
      { physicalLocation: { artifactLocation: { uri: 'k8s/%C3%A4%20b%23.yaml', uriBaseId: '%SRCROOT%' } } },
    ]);
  });

  it('gives a finding the same fingerprint on another line, and findings that are alike different ones', () => {
    const [here] = fingerprints([{ message: 'as in b.yaml:3' }]);
    expect(fingerprints([{ location: { file: 'a.yaml', line: 7 }, message: 'as in b.yaml:9' }])).toEqual([here]);
    expect(new Set(fingerprints([{}, {}, { rule: 'key-not-provided' }, { message: 'other' }])).size).toBe(4);
  });

  it('explains every rule', () => {
    const [run] = sarifLog(report([]), allRules, '1.0.0').runs;
    expect(run?.tool.driver.rules?.map(({ id }) => id)).toEqual(allRules.map(({ id }) => id));
  });
});
