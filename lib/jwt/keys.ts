import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import { type Problem, throwProblems } from '../catalog/problems';

/** RFC 7518 section 3.2: a key of HS256 has at least the size of its hash (https://www.rfc-editor.org/rfc/rfc7518#section-3.2). */
const shortestKeyBytes = 32;

/** More accepted keys mean more ways in, and no rotation needs more than the old, the new and a spare one. */
const mostKeys = 3;

const kidDomain = 'nivesh-secrets/jwt/kid/v1\0';

/** One HS256 key. Node does not print what a `KeyObject` holds. */
export interface JwtKey {
  /** First 8 hexadecimal digits of the SHA-256 of the secret under a domain of its own. */
  readonly kid: string;
  readonly key: KeyObject;
}

export interface JwtKeysOptions {
  /** Signs, and is accepted: at least 32 bytes of text, used as UTF-8. */
  readonly signing: string;
  /** Accepted, never signs. A secret that is given twice counts once. @default [] */
  readonly accepted?: readonly string[];
}

/** The variables that {@link JwtKeys.fromEnvironment} reads. */
export interface JwtEnvironment {
  readonly JWT_SECRET?: string | undefined;
  readonly JWT_SECRET_PREVIOUS?: string | undefined;
}

/**
 * The keys of one process: one that signs, all that are accepted.
 * A new key is accepted everywhere before it signs anywhere, and the old one is accepted until its last token expired.
 */
export class JwtKeys {
  readonly signing: JwtKey;
  /** Every key that is accepted, the signing one first. */
  readonly accepted: readonly JwtKey[];

  /** @throws DeclarationError that lists every secret that is empty or too short */
  constructor({ signing, accepted = [] }: JwtKeysOptions) {
    const secrets = accepted.map((secret, index): [string, string] => [`accepted.${index}`, secret]);
    throwProblems('the keys of JSON Web Tokens', checkSecrets([['signing', signing], ...secrets]));
    this.signing = makeKey(signing);
    this.accepted = [this.signing, ...[...new Set(accepted)].filter((secret) => secret !== signing).map(makeKey)];
  }

  /**
   * Reads `JWT_SECRET`, which signs, and `JWT_SECRET_PREVIOUS`, which is accepted as well; it may be unset. While a
   * rotation begins it holds the new secret, afterwards the old one, otherwise a value that never signed anything.
   * @throws DeclarationError that names each variable that is missing, empty or too short
   */
  static fromEnvironment(environment: JwtEnvironment = process.env): JwtKeys {
    const { JWT_SECRET: signing = '', JWT_SECRET_PREVIOUS: previous } = environment;
    const secrets: [string, string][] = [['JWT_SECRET', signing]];
    if (previous !== undefined) {
      secrets.push(['JWT_SECRET_PREVIOUS', previous]);
    }
    throwProblems('the environment', checkSecrets(secrets));
    return new JwtKeys({ signing, accepted: previous === undefined ? [] : [previous] });
  }

  /** The keys that can have signed a token: the one that its `kid` names; all of them without `kid` or with a foreign one. */
  candidates(kid: string | undefined): readonly JwtKey[] {
    const named = this.accepted.filter((key) => key.kid === kid);
    return named.length > 0 ? named : this.accepted;
  }

  /** Key ids only, for a health page: the proof that every process has the keys that a phase of a rotation needs. */
  describe(): { readonly signing: string; readonly accepted: readonly string[] } {
    return { signing: this.signing.kid, accepted: this.accepted.map(({ kid }) => kid) };
  }
}

function makeKey(secret: string): JwtKey {
  return {
    kid: createHash('sha256')
      .update(kidDomain + secret, 'utf8')
      .digest('hex')
      .slice(0, 8),
    key: createSecretKey(secret, 'utf8'),
  };
}

function checkSecrets(secrets: readonly [path: string, secret: string][]): Problem[] {
  const problems = secrets.flatMap(([path, secret]) => checkSecret(path, secret));
  const count = new Set(secrets.map(([, secret]) => secret)).size;
  if (count > mostKeys) {
    problems.push({
      path: 'accepted',
      what: 'too many keys',
      got: `${count} different keys`,
      allowed: `at most ${mostKeys} with the signing one`,
      fix: 'leave out the keys whose last token has expired',
    });
  }
  return problems;
}

function checkSecret(path: string, secret: unknown): Problem[] {
  const bytes = typeof secret === 'string' ? Buffer.byteLength(secret.trim(), 'utf8') : 0;
  if (bytes >= shortestKeyBytes) {
    return [];
  }
  const optional = path === 'JWT_SECRET_PREVIOUS' ? ', or leave the variable unset' : '';
  return [
    {
      path,
      what: bytes === 0 ? 'there is no secret' : 'the secret is too short to sign with HS256',
      got: bytes === 0 ? 'nothing' : `${bytes} bytes`,
      allowed: `at least ${shortestKeyBytes} bytes${optional}`,
      fix: 'generate one with "openssl rand -hex 32", or deliver the catalog\'s value',
    },
  ];
}
