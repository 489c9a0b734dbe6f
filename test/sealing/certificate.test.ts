import { generateKeyPairSync } from 'node:crypto';
import { generate } from 'selfsigned';
import { certificateProblems, currentCertificate, readCertificates } from '../../lib/sealing/certificate';
import { daysFromNow, makeKeyPair } from './support';

const path = 'environments.edge.delivery.certificate';

async function certificate(from: number, until: number): Promise<string> {
  return (await makeKeyPair({ from: daysFromNow(from), until: daysFromNow(until) })).certificate;
}

const idOf = (pem: string): string | undefined => readCertificates(pem, path)[0]?.id;

describe('the certificate to seal with', () => {
  it('is the newest of those that are valid', async () => {
    const [old, newest, expired, future] = await Promise.all([
      certificate(-60, 300),
      certificate(-30, 300),
      certificate(-10, -1),
      certificate(1, 300),
    ]);
    const read = readCertificates([old, newest, expired, future].join('\n'), path);
    expect(currentCertificate(read, path).id).toBe(idOf(newest));
  });

  it('fails when every certificate has expired, or none is valid yet', async () => {
    const read = readCertificates([await certificate(-10, -1), await certificate(5, 10)].join(''), path);
    expect(() => currentCertificate(read, path)).toThrow(
      /environments\.edge\.delivery\.certificate: no certificate is valid now, got certificate [0-9a-f]{16}, valid from .*; certificate .*, allowed: a certificate that is valid on \d{4}-\d{2}-\d{2}, fix: /,
    );
  });
});

describe('warnings about certificates', () => {
  const problemsOf = async (from: number, until: number): Promise<string[]> =>
    certificateProblems(readCertificates(await certificate(from, until), path), path).map(({ what }) => what);

  it('has none for a certificate with time left', async () => {
    expect(await problemsOf(-1, 31)).toEqual([]);
  });

  it('reports one that expires soon, has expired, or is not valid yet', async () => {
    expect(await problemsOf(-1, 29)).toEqual(['the newest certificate expires within 30d']);
    expect(await problemsOf(-9, -1)).toEqual(['the newest certificate has expired']);
    expect(await problemsOf(1, 90)).toEqual(['the newest certificate is not valid yet']);
  });

  it('takes another time to warn ahead', async () => {
    const read = readCertificates(await certificate(-1, 29), path);
    expect(certificateProblems(read, path, { warning: '28d' })).toEqual([]);
  });
});

describe('reading certificates', () => {
  it('fails on a text without any', () => {
    expect(() => readCertificates('hello', path)).toThrow(
      /there is no certificate, got 5 characters without a PEM block/,
    );
  });

  it('fails on a damaged certificate, an elliptic curve and a short key, all at once', async () => {
    const curve = (await generate([], { keyType: 'ec', algorithm: 'sha256' })).cert;
    const short = (await generate([], { keySize: 1024, algorithm: 'sha256' })).cert;
    const damaged = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
    let message = '';
    try {
      readCertificates([damaged, curve, short].join('\n'), path);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('has 3 problems');
    expect(message).toContain('certificate[0]: the certificate cannot be read');
    expect(message).toContain('certificate[1]: the key of the certificate does not fit Sealed Secrets, got ec key');
    expect(message).toContain(
      'certificate[2]: the key of the certificate does not fit Sealed Secrets, got rsa key of 1024 bits',
    );
  });

  it('fails on a private key without showing it', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(() => readCertificates(pem, path)).toThrow(/got a private key, which opens every sealed value/);
    expect(() => readCertificates(pem, path)).not.toThrow(new RegExp(pem.split('\n')[1]?.slice(0, 20) ?? '!'));
  });
});
