import { dirname } from 'node:path/posix';
import type { LocatedObject } from '../model';
import type { ObjectRule } from '../rule';
import { describeObject, indexOf, placeName } from '../source-index';

/** A workload whose namespace depends on whoever applies it. */
export const namespaceMissing: ObjectRule = {
  id: 'namespace-missing',
  summary: 'a workload has no namespace, and what it needs has one',
  why: 'It works as long as everybody remembers "kubectl apply --namespace". Without it the workload lands in the namespace of the current context, where its Secret is not.',
  fix: 'Write the namespace into the workload, or leave it out everywhere and let a kustomization set it.',
  example: {
    wrong: `kind: Deployment     # no namespace
kind: ExternalSecret # metadata.namespace: shop, makes the Secret that the Deployment loads`,
    right: 'kind: Deployment # metadata.namespace: shop',
  },
  severity: 'warning',
  checkObjects: (objects) => {
    const index = indexOf(objects);
    const kustomized = objects.filter(({ manifest }) => manifest.kind === 'Kustomization').map(folderOf);
    const reported = new Set<LocatedObject>();
    return index.references.flatMap((reference) => {
      const { from, path } = reference;
      const sources = index.meant(reference);
      const [source] = sources;
      const isCertain = sources.length > 0 && sources.every(({ namespace }) => namespace !== undefined);
      const folder = folderOf(from);
      if (
        from.manifest.metadata.namespace !== undefined ||
        source === undefined ||
        !isCertain ||
        reported.has(from) ||
        kustomized.some((root) => root === '.' || folder === root || folder.startsWith(`${root}/`))
      ) {
        return [];
      }
      reported.add(from);
      const place = placeName(source.name, source.namespace);
      return [
        {
          location: from.locate(['metadata']),
          message: `${describeObject(from)} has no namespace, and needs ${reference.kind} ${place}`,
          fix: `write namespace: ${source.namespace ?? ''}`,
          related: [
            { ...from.locate(path), message: 'it is needed here' },
            { ...source.maker.locate(source.path), message: `${place} is made here` },
          ],
        },
      ];
    });
  },
};

function folderOf(object: LocatedObject): string {
  return dirname(object.locate([]).file);
}
