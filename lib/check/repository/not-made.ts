import { nearestName } from '../../catalog/nearest';
import type { LocatedObject } from './model';
import type { SourceReference } from './references';
import type { Fault } from './rule';
import {
  describeObject,
  indexOf,
  type LocatedReference,
  meet,
  namespaceOf,
  placeName,
  type SourceIndex,
} from './source-index';
import type { MadeSource } from './sources';

/** In every namespace, without anybody's doing. */
const builtIn: ReadonlySet<string> = new Set(['ConfigMap kube-root-ca.crt', 'ConfigMap openshift-service-ca.crt']);

/** Makers of both kinds, in words. */
const makers: Readonly<Record<SourceReference['kind'], string>> = {
  Secret: 'an ExternalSecret, a SealedSecret or a secretGenerator',
  ConfigMap: 'the ConfigMap or a configMapGenerator',
};

/**
 * References to Secrets or ConfigMaps that nothing makes in any namespace. One fault an object and name, at the first
 * place that names it.
 */
export function notMade(objects: readonly LocatedObject[], kind: SourceReference['kind']): Fault[] {
  const index = indexOf(objects);
  const missing = new Map<LocatedObject, Set<string>>();
  return index.references.flatMap((reference) => {
    const { name, from } = reference;
    const isMissing =
      reference.kind === kind &&
      !reference.optional &&
      !builtIn.has(`${kind} ${name}`) &&
      index.named(kind, name, from).length === 0;
    const reported = missing.get(from) ?? new Set();
    if (!isMissing || reported.has(name)) {
      return [];
    }
    missing.set(from, reported.add(name));
    return [describeMissing(index, reference)];
  });
}

function describeMissing(index: SourceIndex, reference: LocatedReference): Fault {
  const { kind, name, from, path, use } = reference;
  const namespace = namespaceOf(reference);
  const near = nearestSource(index, reference);
  const place = placeName(name, namespace);
  const message = `${describeObject(from)} needs ${kind} ${place} (${use}), and nothing makes it`;
  if (near === undefined) {
    return {
      location: from.locate(path),
      message,
      fix: `correct the name, or add ${makers[kind]} that makes ${kind} ${place}; if it may be missing, write optional: true`,
    };
  }
  const nearPlace = placeName(near.name, near.namespace);
  return {
    location: from.locate(path),
    message: `${message}; ${describeObject(near.maker)} makes ${nearPlace}`,
    fix: `did you mean ${near.name}?`,
    related: [{ ...near.maker.locate(near.path), message: `${kind} ${nearPlace} is made here` }],
  };
}

/** Of sources with names alike, one in the same namespace goes first. */
function nearestSource({ made }: SourceIndex, reference: LocatedReference): MadeSource | undefined {
  const namespace = namespaceOf(reference);
  const candidates = made.filter(({ kind, maker }) => kind === reference.kind && meet(maker, reference.from));
  const here = candidates.filter((source) => source.namespace === undefined || source.namespace === namespace);
  for (const sources of [here, candidates]) {
    const name = nearestName(
      reference.name,
      sources.map((source) => source.name),
    );
    const source = sources.find((candidate) => candidate.name === name);
    if (source) {
      return source;
    }
  }
  return undefined;
}
