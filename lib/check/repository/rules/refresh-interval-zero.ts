import { partOf } from '../data';
import type { LocatedObject, ObjectPath } from '../model';
import type { ObjectRule } from '../rule';
import { describeObject } from '../source-index';

/** An ExternalSecret that is never refreshed. */
export const refreshIntervalZero: ObjectRule = {
  id: 'refresh-interval-zero',
  summary: 'an ExternalSecret is fetched once and never again',
  why: 'With refreshInterval: 0 a rotated value never arrives, and neither does a change of the ExternalSecret itself.',
  fix: 'Write an interval. Where one fetch is meant, say so with refreshPolicy: CreatedOnce or OnChange.',
  example: { wrong: 'refreshInterval: "0"', right: 'refreshInterval: 1h' },
  severity: 'warning',
  checkObjects: (objects) =>
    objects.flatMap((object) => {
      const path = intervalPath(object);
      const interval = path && partOf(object.manifest, path);
      const policy = path && partOf(object.manifest, [...path.slice(0, -1), 'refreshPolicy']);
      const isZero =
        interval === 0 || (typeof interval === 'string' && /^0+(?:h|m|s|ms)?(?:0+(?:m|s))*$/.test(interval));
      return path === undefined || !isZero || policy === 'CreatedOnce' || policy === 'OnChange'
        ? []
        : [
            {
              location: object.locate(path),
              message: `${describeObject(object)} has refreshInterval 0: it is fetched once and never again`,
              fix: 'write an interval such as 1h, or refreshPolicy: CreatedOnce if that is meant',
            },
          ];
    }),
};

function intervalPath({ manifest }: LocatedObject): ObjectPath | undefined {
  switch (manifest.kind) {
    case 'ExternalSecret':
      return ['spec', 'refreshInterval'];
    case 'ClusterExternalSecret':
      return ['spec', 'externalSecretSpec', 'refreshInterval'];
    default:
      return undefined;
  }
}
