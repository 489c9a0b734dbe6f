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
      return pemReason(text);
    case 'json':
      return documentReason(text, JSON.parse, 'JSON');
    case 'yaml':
      return documentReason(text, parse, 'YAML');
  }
}

const pemBlock = /^-----BEGIN [A-Z ]+-----[\s\S]+-----END [A-Z ]+-----\s*$/;

function pemReason(text: string): string | undefined {
  if (/^-----BEGIN [A-Z ]+-----\\n/.test(text)) {
    // Copied out of a JSON key file.
    return 'the value has "\\n" where a PEM block has line ends (jq -r .private_key writes it right)';
  }
  return pemBlock.test(text) ? undefined : 'the value is not a PEM block';
}

/** A number or a word alone is JSON or YAML by the letter, and no key file. */
function documentReason(text: string, parser: (source: string) => unknown, format: string): string | undefined {
  try {
    const document = parser(text);
    return typeof document === 'object' && document !== null ? undefined : `the value is not a ${format} map or list`;
  } catch {
    return `the value is not ${format}`;
  }
}
