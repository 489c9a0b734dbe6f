import { generate } from 'selfsigned';

/** Text in the form of a certificate, where nobody verifies with it. */
export const shapedCertificate = '-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n';

/** A certificate that can be parsed, and its private key. */
export async function makeCertificate(): Promise<{ readonly cert: string; readonly private: string }> {
  return await generate([{ name: 'commonName', value: 'test' }], { keyType: 'ec', curve: 'P-256' });
}
