import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from 'sarif';
import { correctSample, plantedFaults, writeSample, withFault } from '../check/repository/sample';
import { runCommand } from '../support/command-line';

const folders: string[] = [];

function written(sample = correctSample): string {
  const folder = writeSample(sample);
  folders.push(folder);
  return folder;
}

afterAll(() => {
  folders.forEach((folder) => {
    rmSync(folder, { recursive: true });
  });
});

const [fault] = plantedFaults();
const faulty = fault ? withFault(correctSample, fault) : correctSample;

describe('nivesh-secrets check', () => {
  it('says that everything fits together, and ends with 0', async () => {
    const folder = written();
    expect(await runCommand(['check', folder])).toEqual({ code: 0, stdout: `fine: ${folder}\n`, stderr: '' });
  });

  it('prints findings with place, rule and fix, and counts them, and ends with 1', async () => {
    const { code, stdout } = await runCommand(['check', written(faulty)]);
    expect(code).toBe(1);
    expect(stdout).toMatchInlineSnapshot(`
     "k8s/mailer.yaml:21: Deployment shop/mailer needs Secret shop/mailer-secrets (variables), and nothing makes it; ExternalSecret shop/mailer makes shop/mailer-secret [secret-not-made]
       fix: did you mean mailer-secret?
     1 finding

     RULE             FINDINGS
     secret-not-made  1

     why, with an example: nivesh-secrets check --explain RULE
     "
    `);
  });

  it('prints the same as JSON', async () => {
    const { code, stdout } = await runCommand(['check', '--json'], { cwd: written(faulty) });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      findings: [
        {
          rule: 'secret-not-made',
          location: { file: 'k8s/mailer.yaml', line: 21 },
          fix: 'did you mean mailer-secret?',
        },
      ],
      suppressed: [],
      notes: [],
    });
  });

  it('prints the same as SARIF', async () => {
    const { code, stdout } = await runCommand(['check', '--sarif', written(faulty)]);
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as Log).runs[0]?.results?.map(({ ruleId }) => ruleId)).toEqual(['secret-not-made']);
  });

  it.each(['--json', '--sarif'])('prints no value of a secret with %s', async (form) => {
    const values: string[] = [];
    const faults = plantedFaults(() => {
      values.push(randomBytes(24).toString('base64url'));
      return values.at(-1) ?? '';
    });
    const { stdout } = await runCommand(['check', form, written(faults.reduce(withFault, correctSample))]);
    const forms = values.flatMap((value) => [value, Buffer.from(value).toString('base64')]);
    expect(values.length).toBeGreaterThan(5);
    expect(stdout).toContain('plaintext-secret');
    expect(forms.filter((text) => stdout.includes(text))).toEqual([]);
  });

  it('lists and explains rules', async () => {
    const list = await runCommand(['check', '--rules']);
    expect(list.stdout).toContain('refresh-interval-zero');
    const { code, stdout } = await runCommand(['check', '--explain', 'refresh-interval-zero']);
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
     "refresh-interval-zero (warning): an ExternalSecret is fetched once and never again

     With refreshInterval: 0 a rotated value never arrives, and neither does a change of the ExternalSecret itself.

     fix: Write an interval. Where one fetch is meant, say so with refreshPolicy: CreatedOnce or OnChange.

     wrong:
       refreshInterval: "0"

     right:
       refreshInterval: 1h
     "
    `);
  });

  it('fails for a rule that does not exist, with the nearest one', async () => {
    expect(await runCommand(['check', '--explain', 'refresh-interval'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: there is no rule "refresh-interval"\nfix: did you mean refresh-interval-zero?\n',
    });
  });

  it('fails for a folder that does not exist, and for two forms at once', async () => {
    expect((await runCommand(['check', join(written(), 'none')])).code).toBe(2);
    expect((await runCommand(['check', '--json', '--sarif'])).code).toBe(2);
  });
});
