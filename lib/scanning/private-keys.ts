/** Begin of a private key. */
export interface PrivateKey {
  readonly start: number;
  readonly value: string;
}

const begin = /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g;
const end = '-----END ';
/** The same in base64, as kubeconfigs and Kubernetes Secrets hold it; the last characters depend on what follows. */
const encodedBegin = /LS0tLS1CRUdJTi[A-Za-z0-9+/]{60,}={0,2}/g;

/** A key of 8192 bits has about 6400 characters. */
const longestKey = 12_000;
/** An Ed25519 key, the shortest in use, has 64 characters of base64. */
const shortestBody = 60;

/** Finds PEM blocks of private keys (RFC 7468), with line ends or `\n` in them, and in base64. */
export function* findPrivateKeys(text: string): Generator<PrivateKey> {
  for (const { index, 0: label } of text.matchAll(begin)) {
    const from = index + label.length;
    const stop = text.indexOf(end, from);
    const body = text.slice(from, stop === -1 ? from + longestKey : Math.min(stop, from + longestKey));
    // Line ends, escaped ones, and what joins lines in code.
    const key = body.replace(/\\[nr]|[\s"'`,+\\]/g, '');
    if (/^(?:[\w-]+:[^=]{1,200}){0,4}[A-Za-z0-9/=]/.test(key) && key.length >= shortestBody && isKeyBody(key)) {
      yield { start: index, value: text.slice(index, from + body.length) };
    }
  }
  for (const { index, 0: encoded } of text.matchAll(encodedBegin)) {
    if (/^-----BEGIN [A-Z0-9 ]*PRIVATE KEY/.test(Buffer.from(encoded.slice(0, 100), 'base64').toString('latin1'))) {
      yield { start: index, value: encoded };
    }
  }
}

/** An ellipsis or a placeholder instead of a key has other characters, or few different ones. */
function isKeyBody(key: string): boolean {
  return !/\.\.\.|[<>{}$*]/.test(key) && new Set(key).size >= 16;
}
