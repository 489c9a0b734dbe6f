import fc from 'fast-check';
import { restartAnnotation, restartMarkOf } from '../../lib/rotation/restart-mark';

const published = {
  path: 'nivesh/backend',
  fields: ['jwt_secret'],
  version: 7,
  previousVersion: 6,
  label: 'r1.accept.7',
};

test('tells the path, and what its pods were restarted for', () => {
  expect([restartMarkOf(published), restartMarkOf(published, 'republished')]).toEqual([
    { annotation: 'rollout.nivesh-secrets/nivesh.backend', value: 'r1.accept.7' },
    { annotation: 'rollout.nivesh-secrets/nivesh.backend', value: 'r1.accept.7.back' },
  ]);
});

test('keeps rotations of two fields of one path apart', () => {
  const [one, other] = ['jwt_secret', 'api_key'].map((field) =>
    restartMarkOf({ ...published, rotated: `nivesh/backend.${field}` }),
  );
  expect(one?.annotation).toBe('rollout.nivesh-secrets/nivesh.backend.jwt_secret');
  expect(other?.annotation).toBe('rollout.nivesh-secrets/nivesh.backend.api_key');
});

test('every field is a usable annotation, and two fields are two', () => {
  const segment = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,40}$/);
  const path = fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => segments.join('/'));
  const field = fc.tuple(path, fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,70}$/)).map((parts) => parts.join('.'));
  fc.assert(
    fc.property(field, field, (a, b) => {
      const [, name = ''] = restartAnnotation(a).split('/');
      expect(name).toMatch(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/);
      expect(restartAnnotation(a) === restartAnnotation(b)).toBe(a === b);
    }),
  );
});
