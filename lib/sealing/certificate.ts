import { type KeyObject, X509Certificate } from 'node:crypto';
import { DeclarationError, durationSeconds, type Duration, type Problem, throwProblems } from '../catalog';
import { dayOf } from '../day';

/** A certificate of the Sealed Secrets controller: the public half of one of its key pairs. */
export interface SealingCertificate {
  /** First 16 hexadecimal digits of its SHA-256, which name it in sealed files. */
  readonly id: string;
  readonly publicKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A certificate that expires within this time is reported. */
export const defaultExpiryWarning: Duration = '30d';

const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;
/** NIST SP 800-131A: RSA keys below 2048 bits are not acceptable. The controller makes 4096. */
const smallestKeyBits = 2048;

/**
 * Reads one or several PEM certificates.
 * @param path where they were declared, for messages
 * @throws DeclarationError if there is none, or something that is not an RSA certificate
 */
export function readCertificates(pem: string, path: string): SealingCertificate[] {
  const blocks = [...pem.matchAll(pemBlock)].map(([block, type = '']) => ({ block, type }));
  const read = blocks.map(({ block, type }, index) => readBlock(block, type, `${path}[${index}]`));
  const problems = read.filter((result): result is Problem => 'what' in result);
  if (blocks.length === 0) {
    problems.push({
      path,
      what: 'there is no certificate',
      got: `${pem.length} characters without a PEM block`,
      allowed: 'one or several PEM certificates of the controller',
      fix: 'save what "nivesh-secrets seal --fetch-certificate" or "kubeseal --fetch-cert" prints',
    });
  }
  throwProblems('the sealing certificate', problems);
  return read.filter((result): result is SealingCertificate => 'id' in result);
}

function readBlock(block: string, type: string, path: string): SealingCertificate | Problem {
  const problem = (what: string, got: string, fix: string): Problem => ({
    path,
    what,
    got,
    allowed: `X.509 certificates with an RSA key of ${smallestKeyBits} bits or more`,
    fix,
  });
  if (type !== 'CERTIFICATE') {
    return problem(
      'not a certificate',
      type.endsWith('PRIVATE KEY') ? 'a private key, which opens every sealed value' : `a PEM block "${type}"`,
      type.endsWith('PRIVATE KEY')
        ? 'remove it here and from the history of the repository, then have the controller make a new key'
        : 'keep the certificate only',
    );
  }
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(block);
  } catch {
    return problem('the certificate cannot be read', 'a damaged PEM block', 'fetch it again');
  }
  const { publicKey } = certificate;
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (publicKey.asymmetricKeyType !== 'rsa' || bits < smallestKeyBits) {
    const got = `${publicKey.asymmetricKeyType ?? 'no'} key${bits > 0 ? ` of ${bits} bits` : ''}`;
    return problem('the key of the certificate does not fit Sealed Secrets', got, "use the controller's certificate");
  }
  return {
    id: certificate.fingerprint256.replaceAll(':', '').slice(0, 16).toLowerCase(),
    publicKey,
    notBefore: new Date(certificate.validFrom),
    notAfter: new Date(certificate.validTo),
  };
}

/**
 * The certificate to seal with: of those that are valid now, the one that the controller made last.
 * @throws DeclarationError if none is valid: the controller would open what it seals, but a certificate that nobody
 * renewed is likely to be of a key that nobody keeps any more
 */
export function currentCertificate(
  certificates: readonly SealingCertificate[],
  path: string,
  now: Date = new Date(),
): SealingCertificate {
  const [newest] = certificates.filter((certificate) => isValid(certificate, now)).sort(newestFirst);
  if (!newest) {
    throw new DeclarationError('the sealing certificate', [
      {
        path,
        what: 'no certificate is valid now',
        got: certificates.map((certificate) => describe(certificate)).join('; '),
        allowed: `a certificate that is valid on ${dayOf(now)}`,
        fix: 'let the controller make a new key, commit its certificate, then run "nivesh-secrets seal --reseal"',
      },
    ]);
  }
  return newest;
}

/** What is wrong, or soon will be, with declared certificates: what CI should report before sealing is refused. */
export function certificateProblems(
  certificates: readonly SealingCertificate[],
  path: string,
  options: { readonly now?: Date; readonly warning?: Duration } = {},
): Problem[] {
  const { now = new Date(), warning = defaultExpiryWarning } = options;
  const soon = new Date(now.getTime() + durationSeconds(warning) * 1000);
  const [newest] = [...certificates].sort(newestFirst);
  if (!newest || (isValid(newest, now) && isValid(newest, soon))) {
    return [];
  }
  const what =
    newest.notAfter < now
      ? 'the newest certificate has expired'
      : newest.notBefore > now
        ? 'the newest certificate is not valid yet'
        : `the newest certificate expires within ${warning}`;
  return [
    {
      path,
      what,
      got: describe(newest),
      allowed: `a certificate that is valid until after ${dayOf(soon)}`,
      fix: 'let the controller make a new key, commit its certificate, then run "nivesh-secrets seal --reseal"',
    },
  ];
}

function isValid({ notBefore, notAfter }: SealingCertificate, at: Date): boolean {
  return notBefore <= at && at <= notAfter;
}

/** The controller, too, seals with the key whose certificate begins last (`--key-order-priority CertNotBefore`). */
function newestFirst(a: SealingCertificate, b: SealingCertificate): number {
  return b.notBefore.getTime() - a.notBefore.getTime();
}

function describe({ id, notBefore, notAfter }: SealingCertificate): string {
  return `certificate ${id}, valid from ${dayOf(notBefore)} to ${dayOf(notAfter)}`;
}
