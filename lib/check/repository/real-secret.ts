import { exampleReason } from '../../values/example-values';
import { isSecretName } from '../../values/secret-name';
import { SecretValue } from '../../values/secret-value';

const noExamples: ReadonlySet<string> = new Set();

/** Texts that are filled in later, or that another tool has encrypted. */
const filledIn = /\$\{|\$\(|\{\{|<[\w .-]+>|^\$\w+$|^ENC\[|^vault:|^ref\+|^op:\/\//;

/** What switches something on or off, or says where the secret is. */
const harmless = /^(?:true|false|yes|no|on|off|none|null|\d{1,5}|\.{0,2}\/[^\s]*)$/i;

/**
 * Whether a text is a secret that somebody could use: it is named like one, or has the form of one, and it is no
 * example. It is never printed.
 */
export function isRealSecret(name: string, text: string): boolean {
  const value = text.trim();
  if (value === '' || filledIn.test(value) || harmless.test(value)) {
    return false;
  }
  const isOne = isSecretName(name) || isSecretKey(name) || hasPassword(value) || hasPrivateKey(value);
  return isOne && exampleReason(new SecretValue(value), noExamples) === undefined;
}

/** Keys of Secrets that are no names of variables. */
function isSecretKey(name: string): boolean {
  return name === '.dockerconfigjson' || name === '.dockercfg' || isSecretName(name.replaceAll(/[.-]/g, '_'));
}

function hasPassword(text: string): boolean {
  return /^[a-z][a-z0-9+.-]{1,30}:\/\/[^/?#@\s:]*:[^/?#@\s]+@/i.test(text);
}

function hasPrivateKey(text: string): boolean {
  return /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/.test(text);
}
