import type { Manifest } from '../../../kubernetes/object-rules';
import { listOf, mapOf } from '../../../plain-data';
import { textOf } from '../data';
import { readManifests } from '../manifests';
import type { LocatedObject } from '../model';

/**
 * Finds the parts of an object that kustomize made in the manifest or the generator that it made it from. Kustomize may have
 * changed its name, but only before and behind it.
 */
export function locateInManifests(file: string, text: string, manifest: Manifest): LocatedObject['locate'] {
  const { kind, metadata } = manifest;
  const { objects } = readManifests(file, text);
  const fits = (name: string | undefined): boolean => name !== undefined && metadata.name.includes(name);
  const longest = objects
    .filter((object) => object.manifest.kind === kind && fits(object.manifest.metadata.name))
    .sort((a, b) => b.manifest.metadata.name.length - a.manifest.metadata.name.length);
  const [source] = longest;
  if (source) {
    return source.locate;
  }
  const list = kind === 'Secret' ? 'secretGenerator' : 'configMapGenerator';
  for (const object of objects) {
    const index = listOf(object.manifest[list]).findIndex((generator) => fits(textOf(mapOf(generator).name)));
    if (index !== -1) {
      return () => object.locate([list, index, 'name']);
    }
  }
  return () => ({ file, line: 1 });
}
