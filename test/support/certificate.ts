import { generate } from 'selfsigned';

/** Text in the form of a certificate, where nobody verifies with it. */
export const shapedCertificate = '-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n';

/** A certificate and its private key, both in PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly private: string;
}

/**
 * A certificate for a server, and its private key.
 * @param authority who signs it @default - it signs itself
 */
export async function makeCertificate(ip = '127.0.0.1', authority?: KeyPair): Promise<KeyPair> {
  return await generate([{ name: 'commonName', value: 'test' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip }] }],
    ...(authority ? { ca: { cert: authority.cert, key: authority.private } } : {}),
  });
}
