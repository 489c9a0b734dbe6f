import { listOf, mapOf } from '../../../plain-data';
import { textOf } from '../data';
import { isRealSecret } from '../real-secret';
import { containersOf } from '../references';
import type { ObjectRule } from '../rule';
import { describeObject } from '../source-index';

/** A secret that a container has as a plain value. */
export const secretInVariable: ObjectRule = {
  id: 'secret-in-variable',
  summary: 'a container has a secret as a plain value',
  why: 'The value is in the repository and its history, and everybody who may look at pods reads it.',
  fix: 'Rotate the value, and load the new one with secretKeyRef or envFrom.',
  example: {
    wrong: 'env: [{ name: JWT_SECRET, value: <the value> }]',
    right: 'env: [{ name: JWT_SECRET, valueFrom: { secretKeyRef: { name: backend-secret, key: JWT_SECRET } } }]',
  },
  severity: 'error',
  checkObjects: (objects) =>
    objects.flatMap((object) =>
      containersOf(object).flatMap(({ container, path, name: containerName }) =>
        listOf(container.env).flatMap((entry, index) => {
          const { name, value } = mapOf(entry);
          const variable = textOf(name);
          return variable === undefined || typeof value !== 'string' || !isRealSecret(variable, value)
            ? []
            : [
                {
                  location: object.locate([...path, 'env', index, 'value']),
                  message: `container ${containerName} of ${describeObject(object)} has ${variable} as a plain value`,
                  fix: `rotate it, put the new value into a Secret that is delivered, and name that with secretKeyRef`,
                },
              ];
        }),
      ),
    ),
};
