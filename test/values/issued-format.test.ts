import { randomBytes } from 'node:crypto';
import type { IssuedFormat } from '../../lib/catalog';
import { checkIssuedFormat } from '../../lib/values/issued-format';
import { SecretValue } from '../../lib/values/secret-value';

const block = (label: string): string =>
  `-----BEGIN ${label}-----\n${randomBytes(48).toString('base64')}\n-----END ${label}-----\n`;

describe('checkIssuedFormat', () => {
  it.each<[IssuedFormat, string]>([
    ['text', randomBytes(8).toString('hex')],
    ['url', 'https://hooks.example.com/services/a/b'],
    ['pem', block('CERTIFICATE')],
    ['json', '{"type":"service_account"}'],
    ['yaml', 'apiVersion: v1\nkind: Config\n'],
  ])('takes %s in its form', (format, text) => {
    expect(checkIssuedFormat(format, new SecretValue(text))).toBeUndefined();
  });

  it.each<[IssuedFormat, string, string]>([
    ['text', '', 'the value is empty'],
    ['text', ' padded', 'the value begins or ends with white space'],
    ['url', 'hooks.example.com', 'the value is not an https URL'],
    ['url', 'http://hooks.example.com', 'the value is not an https URL'],
    ['pem', 'MIIB', 'the value is not a PEM block'],
    [
      'pem',
      block('PRIVATE KEY').replaceAll('\n', '\\n'),
      expect.stringMatching(/^the value has "\\n" where/) as string,
    ],
    ['json', '{"type":', 'the value is not JSON'],
    ['json', '4711', 'the value is not a JSON map or list'],
    ['yaml', 'kubeconfig', 'the value is not a YAML map or list'],
    ['yaml', 'a: b: c', 'the value is not YAML'],
  ])('fails on %s %j and does not show it', (format, text, reason) => {
    expect(checkIssuedFormat(format, new SecretValue(text))).toEqual(reason);
  });
});
