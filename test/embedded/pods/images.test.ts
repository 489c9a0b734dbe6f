import { checkReferences, fullReference, imageKey, librariesOf } from '../../../lib/embedded/pods/images';

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

test('takes every reference by a tag', () => {
  const good = ['grafana', 'nivesh/backend:1.0.0', 'localhost:5000/a/b_c:x', 'ghcr.io/a-b/c.d/e:v1.2-rc_3', 'a__b:1'];
  expect(() => {
    checkReferences(good);
  }).not.toThrow();
});

test('fails for what no image can be called, and for a digest, naming all of them', () => {
  expect(() => {
    checkReferences(['good:1', 'bad image', 'case/Upper', 'a@sha256:0123']);
  }).toThrow(
    'not references of images, got "bad image", "case/Upper", "a@sha256:0123", allowed: lower-case names with a tag, without a digest',
  );
});

test('an image is made anew when anything in it changes: also a text that becomes a link, and the folder', async () => {
  const image = { name: 'localhost/x:1', files: { '/x': { text: '/etc/passwd' } }, command: ['/x'], user: '1:1' };
  const others = [
    image,
    { ...image, files: { '/x': { linkTo: '/etc/passwd' } } },
    { ...image, files: { '/x': { copyOf: '/etc/passwd' } } },
    { ...image, workingFolder: '/app' },
    { ...image, user: '2:2' },
  ];
  const keys = await Promise.all(others.map(imageKey));
  expect(new Set(keys).size).toBe(others.length);
  expect(await imageKey({ ...image })).toBe(keys[0]);
});
