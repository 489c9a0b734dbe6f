import { librariesOf } from '../../../lib/embedded/pods/images';

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
