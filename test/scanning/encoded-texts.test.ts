import { randomBytes } from 'node:crypto';
import { encodedTexts } from '../../lib/scanning/encoded-texts';

function textsOf(document: string): string[] {
  return [...encodedTexts(document)].map(({ start, encoded, text }) => {
    expect(document.startsWith(encoded, start)).toBe(true);
    return text;
  });
}

const text = 'postgresql://app:value@host/name';
const encoded = Buffer.from(text).toString('base64');

test('the data of a Kubernetes Secret is read, in YAML and in JSON', () => {
  expect(textsOf(`kind: Secret\ndata:\n  url: ${encoded}\n`)).toEqual([text]);
  expect(textsOf(`{ "kind": "Secret", "data": { "url": "${encoded}" } }`)).toEqual([text]);
});

test('other kinds are not read, nor what is no text', () => {
  expect(textsOf(`kind: ConfigMap\ndata:\n  url: ${encoded}\n`)).toEqual([]);
  expect(textsOf(`kind: SecretStore\ndata:\n  url: ${encoded}\n`)).toEqual([]);
  const binary = Buffer.concat([Buffer.from([0, 1, 2]), randomBytes(30)]).toString('base64');
  expect(textsOf(`kind: Secret\ndata:\n  url: ${binary}\n`)).toEqual([]);
});
