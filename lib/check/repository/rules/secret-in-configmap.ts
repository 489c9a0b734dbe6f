import { mapOf } from '../../../plain-data';
import { isRealSecret } from '../real-secret';
import type { ObjectRule } from '../rule';
import { describeObject } from '../source-index';

/** A secret where everybody may read it. */
export const secretInConfigMap: ObjectRule = {
  id: 'secret-in-configmap',
  summary: 'a ConfigMap holds a secret',
  why: 'ConfigMaps are read by everybody who may look at the namespace, are not encrypted in etcd, and are printed by every tool.',
  fix: 'Rotate the value, and deliver the new one in a Secret.',
  example: {
    wrong: `kind: ConfigMap
data: { DATABASE_URL: postgresql://shop:<password>@postgres/shop }`,
    right: `kind: ExternalSecret # makes DATABASE_URL`,
  },
  severity: 'error',
  checkObjects: (objects) =>
    objects
      .filter(({ manifest }) => manifest.kind === 'ConfigMap')
      .flatMap((object) =>
        Object.entries(mapOf(object.manifest.data))
          .filter(([name, value]) => typeof value === 'string' && isRealSecret(name, value))
          .map(([name]) => ({
            location: object.locate(['data', name]),
            message: `${describeObject(object)} holds a secret: ${name}`,
            fix: `rotate it, deliver ${name} by an ExternalSecret or a SealedSecret, and remove it here`,
          })),
      ),
};
