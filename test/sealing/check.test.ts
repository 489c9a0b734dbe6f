import { formatProblem } from '../../lib/catalog';
import { checkSealed } from '../../lib/sealing/check';
import { sealEnvironment } from '../../lib/sealing/seal-environment';
import type { CommittedFile } from '../../lib/sealing/sealed-folder';
import { printSealedFile, readSealedFile, type SealedFile } from '../../lib/sealing/sealed-file';
import { SecretValue } from '../../lib/values/secret-value';
import { daysFromNow, edge, type KeyPair, makeKeyPair } from './support';

describe('checking committed values', () => {
  let pair: KeyPair;
  let complete: ReadonlyMap<string, SealedFile>;

  beforeAll(async () => {
    pair = await makeKeyPair();
    const given = new Map([['shop/server.mail_key', new SecretValue('pin-1234')]]);
    const { workloads } = sealEnvironment(edge(pair.certificate), { committed: new Map(), given, generate: true });
    complete = new Map([...workloads].map(([workload, { file }]) => [workload, file]));
  });

  const fileOf = (workload: string): SealedFile =>
    complete.get(workload) ?? { name: '', namespace: '', scope: 'strict', entries: new Map() };

  const committed = (changes: Record<string, SealedFile | undefined> = {}): Map<string, CommittedFile> =>
    new Map(
      Object.entries({ ...Object.fromEntries(complete), ...changes }).flatMap(([workload, file]) => {
        const path = `environments/sealed/edge/${workload}.yaml`;
        return file ? [[workload, { path, ...readSealedFile(printSealedFile(file, ''), path) }] as const] : [];
      }),
    );

  const problemsOf = (files: Map<string, CommittedFile>, certificate = pair.certificate): string[] =>
    checkSealed(edge(certificate), files).map(formatProblem);

  it('finds nothing wrong with what seal wrote', () => {
    expect(problemsOf(committed())).toEqual([]);
  });

  it('reports a workload without a file', () => {
    expect(problemsOf(committed({ 'shop-backup': undefined }))).toEqual([
      'environments/sealed/edge/shop-backup.yaml: no value of the workload is sealed, got no file, allowed: one SealedSecret a workload, fix: nivesh-secrets seal --environment edge --workload shop-backup --input FILE',
    ]);
  });

  it('reports a file without a workload, which a rename leaves behind', () => {
    expect(problemsOf(committed({ 'shop-old': fileOf('shop-backup') }))).toEqual([
      expect.stringMatching(/shop-old\.yaml: the file belongs to no workload of the catalog, got "shop-old"/),
    ]);
  });

  it('reports missing and undeclared variables', () => {
    const entries = new Map(fileOf('shop-server').entries);
    const moved = entries.get('MAIL_KEY') ?? { sealed: '' };
    entries.delete('MAIL_KEY');
    entries.set('MAIL_TOKEN', moved);
    expect(problemsOf(committed({ 'shop-server': { ...fileOf('shop-server'), entries } }))).toEqual([
      expect.stringMatching(/shop-server\.yaml: MAIL_KEY: the variable is declared and not sealed/),
      expect.stringMatching(/shop-server\.yaml: MAIL_TOKEN: the variable is sealed and not declared/),
    ]);
  });

  it('reports a file that was sealed for another Secret', () => {
    const renamed = { ...fileOf('shop-backup'), name: 'shop-archive-secret' };
    expect(problemsOf(committed({ 'shop-backup': renamed }))).toEqual([
      expect.stringMatching(
        /the sealed values belong to another Secret, .* got "shop\/shop-archive-secret", allowed: "shop\/shop-backup-secret"/,
      ),
    ]);
  });

  it('reports a scope that is not the declared one, or not the one of the annotations', () => {
    const wide = { ...fileOf('shop-backup'), scope: 'cluster-wide' } as const;
    expect(problemsOf(committed({ 'shop-backup': wide }))).toEqual([
      expect.stringMatching(
        /the scope of the file is not the scope of the environment, got "cluster-wide", allowed: "strict"/,
      ),
    ]);
    const path = 'environments/sealed/edge/shop-backup.yaml';
    const text = printSealedFile(wide, '').replace(/ {2}annotations:\n.*\n/, '');
    const files = committed().set('shop-backup', { path, ...readSealedFile(text, path) });
    expect(problemsOf(files)).toEqual([expect.stringMatching(/the scope does not match its annotations/)]);
  });

  it('reports values for a certificate that was taken away', async () => {
    const other = await makeKeyPair();
    const problems = problemsOf(committed(), other.certificate);
    expect(problems).toHaveLength(6);
    expect(problems[0]).toMatch(
      /DATABASE_URL: the value is sealed for a certificate that the environment does not name/,
    );
    expect(problemsOf(committed(), `${pair.certificate}${other.certificate}`)).toEqual([]);
  });

  it('reports certificates that expire soon, have expired, or cannot be read', async () => {
    const soon = await makeKeyPair({ until: daysFromNow(10) });
    const expired = await makeKeyPair({ from: daysFromNow(-9), until: daysFromNow(-1) });
    const about = (certificate: string): string[] =>
      checkSealed(edge(certificate), new Map()).flatMap(({ path, what }) =>
        path.includes('certificate') ? [what] : [],
      );
    expect(about(soon.certificate)).toEqual(['the newest certificate expires within 30d']);
    expect(about(expired.certificate)).toEqual(['the newest certificate has expired']);
    expect(checkSealed(edge(soon.certificate), committed(), { warning: '5d' }).map(({ what }) => what)).not.toContain(
      'the newest certificate expires within 5d',
    );
    expect(about('-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----')).toEqual([
      'the certificate cannot be read',
    ]);
  });
});
