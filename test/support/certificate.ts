import { generate } from 'selfsigned';

/** Text in the form of a certificate, where nobody verifies with it. */
export const shapedCertificate = '-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n';

/** A self-signed certificate for a server on loopback, and its private key. */
export async function makeCertificate(): Promise<{ readonly cert: string; readonly private: string }> {
  return await generate([{ name: 'commonName', value: 'test' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
}
