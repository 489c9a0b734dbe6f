import { fullReference, librariesOf } from '../../../lib/embedded/pods/images';

test('reads the libraries of a program, and its loader', () => {
  const output = [
    '\tlinux-vdso.so.1 (0x00007fd63f4fd000)',
    '\tlibdl.so.2 => /lib/x86_64-linux-gnu/libdl.so.2 (0x00007fd63f4e7000)',
    '\t/lib64/ld-linux-x86-64.so.2 (0x00007fd63f4ff000)',
    '',
  ].join('\n');
  expect(librariesOf(output)).toEqual(['/lib/x86_64-linux-gnu/libdl.so.2', '/lib64/ld-linux-x86-64.so.2']);
});

test('a static program has none', () => {
  expect(librariesOf('\tstatically linked\n')).toEqual([]);
});

test.each([
  ['grafana', 'docker.io/library/grafana:latest'],
  ['grafana:11', 'docker.io/library/grafana:11'],
  ['nivesh/backend:1.0.0', 'docker.io/nivesh/backend:1.0.0'],
  ['registry.example:5000/team/app', 'registry.example:5000/team/app:latest'],
  ['localhost/app:1', 'localhost/app:1'],
  ['example.org/app@sha256:00', 'example.org/app@sha256:00'],
])('completes the reference %s', (given, full) => {
  expect(fullReference(given)).toBe(full);
});
