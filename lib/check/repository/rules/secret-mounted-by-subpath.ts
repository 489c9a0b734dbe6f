import { listOf, mapOf } from '../../../plain-data';
import { partOf, textOf } from '../data';
import { containersOf, podPath } from '../references';
import type { ObjectRule } from '../rule';
import { describeObject } from '../source-index';

/** A file of a Secret that never changes. */
export const secretMountedBySubPath: ObjectRule = {
  id: 'secret-mounted-by-subpath',
  summary: 'a file of a Secret is mounted with subPath',
  why: 'The kubelet updates mounted Secrets, but not those with subPath (https://kubernetes.io/docs/concepts/storage/volumes/#using-subpath): a rotated value arrives with the next pod only, though the file is there and looks right.',
  fix: 'Mount the whole volume into a folder of its own, or restart the pods after each rotation.',
  example: {
    wrong: 'volumeMounts: [{ name: keys, mountPath: /app/key.pem, subPath: key.pem }]',
    right: 'volumeMounts: [{ name: keys, mountPath: /app/keys }]',
  },
  severity: 'warning',
  checkObjects: (objects) =>
    objects.flatMap((object) => {
      const volumes = listOf(partOf(object.manifest, [...(podPath(object) ?? []), 'volumes'])).map(mapOf);
      const secrets = new Set(volumes.filter(({ secret }) => secret !== undefined).map(({ name }) => name));
      return containersOf(object).flatMap(({ container, path, name: containerName }) =>
        listOf(container.volumeMounts).flatMap((mount, index) => {
          const { name, subPath } = mapOf(mount);
          return !secrets.has(name) || textOf(subPath) === undefined
            ? []
            : [
                {
                  location: object.locate([...path, 'volumeMounts', index, 'subPath']),
                  message: `container ${containerName} of ${describeObject(object)} mounts ${String(subPath)} of a Secret with subPath, which is never updated`,
                  fix: 'mount the volume into a folder of its own, without subPath',
                },
              ];
        }),
      );
    }),
};
