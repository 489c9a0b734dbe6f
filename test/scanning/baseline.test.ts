import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Baseline, baselineName } from '../../lib/scanning/baseline';
import type { Finding } from '../../lib/scanning/scan';
import { SecretValue } from '../../lib/values/secret-value';

const value = randomBytes(24).toString('hex');
const finding: Finding = {
  ...{ rule: 'secret-name', path: 'config/app.yaml', line: 3, column: 11 },
  value: new SecretValue(value),
  detectors: ['catalog'],
};
const today = new Date('2026-11-26T12:00:00Z');
const expires = new Date('2027-01-31T12:00:00Z');

describe('Baseline', () => {
  const folder = mkdtempSync(join(tmpdir(), 'baseline-'));
  const file = join(folder, baselineName);

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  async function written(change: (entry: Record<string, string>) => void = () => undefined): Promise<Baseline> {
    await (await (await Baseline.read(folder)).with([finding], [], expires)).write(folder);
    const document = JSON.parse(readFileSync(file, 'utf8')) as { entries: Record<string, string>[] };
    document.entries.forEach(change);
    return Baseline.parse(Buffer.from(JSON.stringify(document)));
  }

  it('names neither the value nor anything that can be looked up', async () => {
    await written();
    const [entry] = (JSON.parse(readFileSync(file, 'utf8')) as { entries: unknown[] }).entries;
    expect(entry).toEqual({
      ...{ path: 'config/app.yaml', rule: 'secret-name', reason: '', expires: '2027-01-31' },
      fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
    });
    expect(readFileSync(file, 'utf8')).not.toContain(value);
  });

  it('accepts a finding with a reason until its day, wherever in the file it is', async () => {
    const baseline = await written((entry) => {
      entry.reason = 'revoked on 2026-11-01';
    });
    const moved = { ...finding, line: 40 };
    expect(await baseline.match([moved], today)).toEqual({ open: [], accepted: 1, unused: [] });
    expect(await baseline.match([moved], new Date('2027-02-01T00:00:00Z'))).toMatchObject({
      open: [{ entryProblem: 'its entry in the baseline expired on 2027-01-31' }],
    });
  });

  it('does not accept an entry without a reason, another value, or the same value in another file', async () => {
    expect(await (await written()).match([finding], today)).toMatchObject({
      open: [{ entryProblem: 'its entry in the baseline has no reason' }],
    });
    const baseline = await written((entry) => {
      entry.reason = 'an example';
    });
    const others = [
      { ...finding, value: new SecretValue(randomBytes(24).toString('hex')) },
      { ...finding, path: 'other' },
    ];
    const { open, accepted, unused } = await baseline.match(others, today);
    expect([open.length, accepted, unused.length]).toEqual([2, 0, 1]);
  });

  it('keeps reasons when it is written again, and drops what it is told to', async () => {
    const baseline = await written((entry) => {
      entry.reason = 'an example';
    });
    expect((await baseline.with([finding], [], expires)).entries).toEqual(baseline.entries);
    expect((await baseline.with([], baseline.entries, expires)).entries).toEqual([]);
  });

  it('fails for a file in UTF-16, with a byte order mark, or of another shape, and says what is wrong', async () => {
    const text = JSON.stringify({ version: 1, salt: '00'.repeat(16), entries: [] });
    const entry = { path: 'a\\b', rule: 'r', fingerprint: '0', reason: '', expires: '2027-02-31' };
    const cases: [string, Buffer][] = [
      ['is not plain UTF-8', Buffer.from(`\ufeff${text}`, 'utf16le')],
      ['is not plain UTF-8', Buffer.from(`\ufeff${text}`)],
      ['is not JSON in UTF-8', Buffer.from('{"version')],
      ['version: ', Buffer.from(text.replace('1', '2'))],
      ['entries.0.path: must have "/" between folders', Buffer.from(text.replace('[]', JSON.stringify([entry])))],
      ['entries.0.expires: must be a day', Buffer.from(text.replace('[]', JSON.stringify([entry])))],
    ];
    for (const [message, content] of cases) {
      writeFileSync(file, content);
      await expect(Baseline.read(folder)).rejects.toThrow(message);
    }
  });
});
