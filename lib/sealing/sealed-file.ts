import { Document, isMap, isScalar, parseDocument, type Scalar } from 'yaml';
import { type Problem, quoted, type SealingScope } from '../catalog';
import { mapOf } from '../plain-data';
import { sealedValueSize } from './format';
import { type SealedIdentity, scopeOf } from './scope';
import { sealedSecretObject } from './sealed-secret';

/** One sealed variable, with what tells later whether it must be sealed again. */
export interface SealedEntry {
  /** Base64 of the sealed value. */
  readonly sealed: string;
  /** The certificate that it was sealed for. @default - unknown: sealed by another tool */
  readonly certificate?: string;
  /** See `FingerprintKey.fingerprint`. @default - unknown */
  readonly fingerprint?: string;
  /** The key of fingerprints of random values, under this value. @default - the value does not hold it */
  readonly keySlot?: string;
  /** The key of fingerprints of guessable values, under this value. @default - the value does not hold it */
  readonly guardSlot?: string;
}

/** A committed SealedSecret. */
export interface SealedFile extends SealedIdentity {
  readonly scope: SealingScope;
  readonly entries: ReadonlyMap<string, SealedEntry>;
}

/** What {@link readSealedFile} found. */
export interface ReadSealedFile {
  /** @default - nothing usable is in the file */
  readonly file?: SealedFile;
  readonly problems: readonly Problem[];
}

/**
 * Reads a committed SealedSecret and says what is wrong with it.
 * @param path of the file, for messages
 */
export function readSealedFile(text: string, path: string): ReadSealedFile {
  const document = parseDocument(text);
  const [broken] = document.errors;
  if (broken) {
    return { problems: [unusable(path, 'the file is not one YAML document', broken.message.split('\n', 1)[0] ?? '')] };
  }
  const object: unknown = document.toJS();
  const read = readObject(object);
  if (!read) {
    return { problems: [unusable(path, 'the file is not a SealedSecret', 'something else')] };
  }
  const { encryptedData, ...identity } = read;
  const scalars = sealedScalars(document);
  const entries = Object.entries(encryptedData).map(
    ([variable, sealed]) => [variable, { sealed, ...readBookkeeping(scalars.get(variable)?.comment ?? '') }] as const,
  );
  const expected = sealedSecretObject(identity, identity.scope, encryptedData);
  return {
    file: { ...identity, entries: new Map(entries) },
    problems: [
      ...differences(object, expected).map((place) => describeDifference(path, place)),
      ...valueProblems(path, encryptedData),
    ],
  };
}

type ReadObject = SealedIdentity & Pick<SealedFile, 'scope'> & { readonly encryptedData: Record<string, string> };

function readObject(object: unknown): ReadObject | undefined {
  const { apiVersion, kind, metadata, spec } = mapOf(object);
  const { name, namespace, annotations } = mapOf(metadata);
  const encryptedData = mapOf(mapOf(spec).encryptedData);
  const isSealed = apiVersion === 'bitnami.com/v1alpha1' && kind === 'SealedSecret';
  return isSealed && typeof name === 'string' && typeof namespace === 'string' && isTexts(encryptedData)
    ? { name, namespace, scope: scopeOf(mapOf(annotations)), encryptedData }
    : undefined;
}

function isTexts(record: Readonly<Record<string, unknown>>): record is Readonly<Record<string, string>> {
  return Object.values(record).every((value) => typeof value === 'string');
}

function unusable(path: string, what: string, got: string): Problem {
  return {
    path,
    what,
    got: quoted(got),
    allowed: 'a SealedSecret as "nivesh-secrets seal" writes it',
    fix: 'restore the committed file, or delete it and seal every value again',
  };
}

/** Places where an object is not the expected one. `kubeseal` leaves the type of the Secret out. */
function differences(object: unknown, expected: unknown, place: readonly string[] = []): string[][] {
  if (object === expected || (object === undefined && place.join('.') === 'spec.template.type')) {
    return [];
  }
  if (typeof object !== 'object' || typeof expected !== 'object' || Array.isArray(object)) {
    return [[...place]];
  }
  const [left, right] = [mapOf(object), mapOf(expected)];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].flatMap((key) => differences(left[key], right[key], [...place, key]));
}

/** The controller opens by the object's own annotations; a template or a second annotation that differs is a trap. */
function describeDifference(path: string, place: readonly string[]): Problem {
  const isScope = place.includes('annotations');
  return unusable(
    path,
    isScope ? 'the scope does not match its annotations' : 'the file is not what seal writes',
    place.join('.'),
  );
}

function valueProblems(path: string, encryptedData: Readonly<Record<string, string>>): Problem[] {
  return Object.entries(encryptedData).flatMap(([variable, sealed]): Problem[] => {
    try {
      sealedValueSize(sealed);
      return [];
    } catch (error) {
      return [
        {
          path: `${path}: ${variable}`,
          what: error instanceof Error ? error.message : String(error),
          got: `${sealed.length} characters`,
          allowed: 'the base64 of a sealed value',
          fix: `give the value of ${variable} again`,
        },
      ];
    }
  });
}

/**
 * The file of a SealedSecret. The bookkeeping is a comment on the line of its value, so one changed value is one
 * changed line, and what the API server gets is nothing but the object.
 * @param heading comment at the top
 */
export function printSealedFile(file: SealedFile, heading: string): string {
  const encryptedData = Object.fromEntries([...file.entries].map(([variable, { sealed }]) => [variable, sealed]));
  // Kubernetes reads YAML 1.1, where a key such as NO is not a text.
  const document = new Document(sealedSecretObject(file, file.scope, encryptedData), { compat: 'yaml-1.1' });
  document.commentBefore = ` ${heading}`;
  for (const [variable, scalar] of sealedScalars(document)) {
    const entry = file.entries.get(variable);
    const comment = entry ? printBookkeeping(entry) : '';
    if (comment !== '') {
      scalar.comment = ` ${comment}`;
    }
  }
  return document.toString({ lineWidth: 0 });
}

/** Words of the comment and what they hold. */
const words = { certificate: 'cert', fingerprint: 'mac', keySlot: 'key', guardSlot: 'guard' } as const;
type Bookkeeping = Omit<SealedEntry, 'sealed'>;

function printBookkeeping(entry: Bookkeeping): string {
  return Object.entries(words)
    .flatMap(([property, word]) => {
      const value = entry[property as keyof Bookkeeping];
      return value === undefined ? [] : [`${word}:${value}`];
    })
    .join(' ');
}

/** What a comment says; a comment that says something else is none, and the value is sealed again. */
function readBookkeeping(comment: string): Bookkeeping {
  return Object.fromEntries(
    Object.entries(words).flatMap(([property, word]) => {
      const value = new RegExp(`(?:^|\\s)${word}:([A-Za-z0-9_-]+)(?:\\s|$)`).exec(comment)?.[1];
      return value === undefined ? [] : [[property, value]];
    }),
  );
}

/** Variable to its sealed value in a document, in one pass: the document's own look-up goes through all of them. */
function sealedScalars(document: Document): Map<string, Scalar> {
  const map = document.getIn(['spec', 'encryptedData'], true);
  return new Map(
    (isMap(map) ? map.items : []).flatMap(({ key, value }): [string, Scalar][] =>
      isScalar(key) && isScalar(value) ? [[String(key.value), value]] : [],
    ),
  );
}
