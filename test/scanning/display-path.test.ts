import fc from 'fast-check';
import { displayPath } from '../../lib/scanning/display-path';

test('a name in UTF-8 is shown as it is, and other bytes as what they are', () => {
  expect([
    displayPath(Buffer.from('a/ü🔑.env')),
    displayPath(Buffer.from([0x61, 0xff])),
    displayPath(Buffer.from('a\u001b[2J')),
  ]).toEqual(['a/ü🔑.env', 'a\\xff', 'a\\x1b[2J']);
});

test('no name makes a terminal do anything', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
      expect(displayPath(Buffer.from(bytes))).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
    }),
  );
});
