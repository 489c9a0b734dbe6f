import { parse } from 'yaml';
import type { IssuedFormat } from '../catalog';
import type { SecretValue } from './secret-value';

/** Why an entered value cannot be what its issuer made; nothing when it can. Never shows the value. */
export function checkIssuedFormat(format: IssuedFormat, value: SecretValue): string | undefined {
  const text = value.reveal();
  if (text.trim() === '') {
    return 'the value is empty';
  }
  if (text !== text.trim() && format === 'text') {
    return 'the value begins or ends with white space';
  }
  switch (format) {
    case 'text':
      return undefined;
    case 'url':
      return URL.canParse(text) && text.startsWith('https://') ? undefined : 'the value is not an https URL';
    case 'pem':
      return /^-----BEGIN [A-Z ]+-----[\s\S]+-----END [A-Z ]+-----\s*$/.test(text)
        ? undefined
        : 'the value is not a PEM block';
    case 'json':
      return parses(text, JSON.parse) ? undefined : 'the value is not JSON';
    case 'yaml':
      return parses(text, parse) ? undefined : 'the value is not YAML';
  }
}

function parses(text: string, parser: (source: string) => unknown): boolean {
  try {
    parser(text);
    return true;
  } catch {
    return false;
  }
}
