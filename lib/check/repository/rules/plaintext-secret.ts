import { listOf, mapOf } from '../../../plain-data';
import { partOf, textOf } from '../data';
import type { LocatedObject, ObjectPath } from '../model';
import { isRealSecret } from '../real-secret';
import type { Fault, ObjectRule } from '../rule';
import { describeObject } from '../source-index';

/** A Secret with its values in the repository. */
export const plaintextSecret: ObjectRule = {
  id: 'plaintext-secret',
  summary: 'the values of a Secret stand in the repository',
  why: 'Base64 is no encryption. Whoever has ever read the repository has the values, and so has its history after they are removed.',
  fix: 'Rotate the values, put the new ones into Vault or a SealedSecret, and remove this object.',
  example: {
    wrong: `kind: Secret
stringData: { JWT_SECRET: <the value> }`,
    right: `kind: ExternalSecret
spec: { data: [{ secretKey: JWT_SECRET, remoteRef: { key: shop/backend, property: jwt_secret } }] }`,
  },
  severity: 'error',
  checkObjects: (objects) => objects.flatMap((object) => (isEncrypted(object) ? [] : checkValues(object))),
};

/** By SOPS (https://github.com/getsops/sops), which leaves the shape of the object as it is. */
function isEncrypted({ manifest }: LocatedObject): boolean {
  return manifest.sops !== undefined;
}

interface Value {
  readonly name: string;
  readonly text: string;
  readonly path: ObjectPath;
}

function checkValues(object: LocatedObject): Fault[] {
  const real = valuesOf(object).filter(({ name, text }) => isRealSecret(name, text));
  const [first] = real;
  return first === undefined
    ? []
    : [
        {
          location: object.locate(first.path),
          message: `${describeObject(object)} holds values as they are: ${real.map(({ name }) => name).join(', ')}`,
          fix: 'rotate them, deliver the new ones by an ExternalSecret or a SealedSecret, and remove them here',
        },
      ];
}

function valuesOf({ manifest }: LocatedObject): Value[] {
  if (manifest.kind === 'Secret') {
    return [...entriesOf(manifest, ['data'], decode), ...entriesOf(manifest, ['stringData'], (text) => text)];
  }
  return manifest.kind === 'Kustomization'
    ? listOf(manifest.secretGenerator).flatMap((generator, index) =>
        listOf(mapOf(generator).literals).flatMap((literal, place): Value[] => {
          const [, name, text] = /^([^=]+)=(.*)$/s.exec(textOf(literal) ?? '') ?? [];
          const path = ['secretGenerator', index, 'literals', place];
          return name === undefined || text === undefined ? [] : [{ name, text, path }];
        }),
      )
    : [];
}

function entriesOf(manifest: unknown, path: ObjectPath, read: (text: string) => string): Value[] {
  return Object.entries(mapOf(partOf(manifest, path))).flatMap(([name, text]) =>
    typeof text === 'string' ? [{ name, text: read(text), path: [...path, name] }] : [],
  );
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}
