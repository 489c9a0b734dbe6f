import { readCertificates } from '../../lib/sealing/certificate';
import { openValue, sealValue } from '../../lib/sealing/format';
import { resealEnvironment, type ResealingController } from '../../lib/sealing/reseal';
import { encryptionLabel } from '../../lib/sealing/scope';
import { sealEnvironment } from '../../lib/sealing/seal-environment';
import type { SealedSecretObject } from '../../lib/sealing/sealed-secret';
import type { CommittedFile } from '../../lib/sealing/sealed-folder';
import type { SealedFile } from '../../lib/sealing/sealed-file';
import { SecretValue } from '../../lib/values/secret-value';
import { daysFromNow, edge, type KeyPair, makeKeyPair, openFile } from './support';

describe('re-sealing without the values', () => {
  let old: KeyPair;
  let renewed: KeyPair;
  let both: string;
  let committed: Map<string, CommittedFile>;
  const given = new Map([
    ['shop/database.username', new SecretValue('shop')],
    ['shop/database.password', new SecretValue('p'.repeat(40))],
  ]);

  beforeAll(async () => {
    [old, renewed] = await Promise.all([makeKeyPair({ from: daysFromNow(-30) }), makeKeyPair()]);
    both = `${old.certificate}\n${renewed.certificate}`;
    const { workloads } = sealEnvironment(edge(old.certificate), {
      committed: new Map(),
      given,
      workloads: ['shop-backup'],
    });
    committed = new Map(
      [...workloads].map(([workload, { file }]) => [workload, { path: `${workload}.yaml`, file, problems: [] }]),
    );
  });

  const seal = (label: string, value: Buffer): string => {
    const [certificate] = readCertificates(renewed.certificate, 'test');
    return certificate ? sealValue(certificate.publicKey, label, value) : '';
  };

  /** A controller with both keys; calls that a test does not expect fail. */
  const controller = (changes: Partial<ResealingController> = {}): ResealingController => ({
    certificate: async () => await Promise.resolve(renewed.certificate),
    rotate: async ({ metadata, spec }: SealedSecretObject) => {
      const label = encryptionLabel('strict', metadata);
      return await Promise.resolve(
        Object.fromEntries(
          Object.entries(spec.encryptedData).map(([variable, sealed]) => [
            variable,
            seal(label, openValue([old.privateKey, renewed.privateKey], label, sealed)),
          ]),
        ),
      );
    },
    verify: async () => await Promise.resolve(true),
    ...changes,
  });

  const reseal = async (changes?: Partial<ResealingController>, certificate = both) =>
    await resealEnvironment(edge(certificate), { committed, controller: controller(changes) });

  const fileOf = (results: ReadonlyMap<string, { file: SealedFile }>): SealedFile => {
    const file = results.get('shop-backup')?.file;
    if (!file) {
      throw new Error('nothing was sealed again');
    }
    return file;
  };

  it('moves every value to the newest certificate', async () => {
    const results = await reseal();
    expect([...results.keys()]).toEqual(['shop-backup']);
    expect(results.get('shop-backup')?.resealed).toEqual(['POSTGRES_PASSWORD', 'POSTGRES_USER']);
    expect(openFile(fileOf(results), [renewed.privateKey])).toEqual({
      POSTGRES_USER: 'shop',
      POSTGRES_PASSWORD: 'p'.repeat(40),
    });
    expect(openFile(fileOf(results), [old.privateKey])).toBeUndefined();
  });

  it('does nothing the second time', async () => {
    const file = fileOf(await reseal());
    const results = await resealEnvironment(edge(both), {
      committed: new Map([['shop-backup', { path: 'shop-backup.yaml', file, problems: [] }]]),
      controller: controller({ rotate: () => Promise.reject(new Error('asked again')) }),
    });
    expect(results.size).toBe(0);
  });

  it('forgets fingerprints, which nobody could renew: the next run with the values seals them itself', async () => {
    const file = fileOf(await reseal());
    expect([...file.entries.values()].map(({ fingerprint }) => fingerprint)).toEqual([undefined, undefined]);
    const outcome = sealEnvironment(edge(both), {
      committed: new Map([['shop-backup', { path: 'f', file, problems: [] }]]),
      given,
      workloads: ['shop-backup'],
    });
    expect(outcome.workloads.get('shop-backup')?.sealed).toEqual(['POSTGRES_PASSWORD', 'POSTGRES_USER']);
  });

  it('fails when the controller serves a certificate that is not committed', async () => {
    await expect(reseal({}, old.certificate)).rejects.toThrow(
      /the controller seals for another certificate than the newest one that is committed, got committed [0-9a-f]{16}, served [0-9a-f]{16}/,
    );
  });

  it.each<[string, Partial<ResealingController>, RegExp]>([
    [
      'leaves a variable out',
      { rotate: async () => await Promise.resolve({ POSTGRES_USER: seal('', Buffer.from('shop')) }) },
      /answered with other variables: POSTGRES_USER/,
    ],
    [
      'answers with what it got',
      { rotate: async ({ spec }) => await Promise.resolve({ ...spec.encryptedData }) },
      /POSTGRES_USER: the controller answered with something else/,
    ],
    [
      'answers with values of another size',
      {
        rotate: async ({ spec }) =>
          await Promise.resolve(
            Object.fromEntries(
              Object.keys(spec.encryptedData).map((name) => [name, seal('', Buffer.from('another size'))]),
            ),
          ),
      },
      /POSTGRES_USER: the controller answered with something else/,
    ],
    [
      'answers with something else',
      { rotate: async () => await Promise.resolve({ POSTGRES_USER: 'x', POSTGRES_PASSWORD: 'y' }) },
      /answered with something else/,
    ],
    [
      'cannot open what it sealed',
      { verify: async () => await Promise.resolve(false) },
      /do not open where they belong/,
    ],
  ])('fails when the controller %s', async (_, changes, message) => {
    await expect(reseal(changes)).rejects.toThrow(message);
  });

  it('fails before it asks for anything when a file is not in its place', async () => {
    const silent = controller({ certificate: () => Promise.reject(new Error('asked')) });
    const file = committed.get('shop-backup')?.file;
    const misplaced = file && { ...file, name: 'other' };
    await expect(
      resealEnvironment(edge(both), {
        committed: new Map([
          ['shop-backup', { path: 'f.yaml', problems: [], ...(misplaced ? { file: misplaced } : {}) }],
        ]),
        controller: silent,
      }),
    ).rejects.toThrow(/f\.yaml: the sealed values belong to another Secret/);
    await expect(resealEnvironment(edge(both, 'cluster-wide'), { committed, controller: silent })).rejects.toThrow(
      /the scope of the file is not the scope of the environment/,
    );
  });
});
