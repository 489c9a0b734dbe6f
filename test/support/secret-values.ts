import fc from 'fast-check';

const troublesome = fc.constantFrom(
  ...Array.from(`'"\`\\$#\n\r\t =:{}?-+,;&|<>()[]*!~%@/^`),
  ' #',
  '\\n',
  '\\r',
  '\\\\',
  '$$',
  '${A}',
  '${A:-b}',
  '$A',
  '\\$',
  "\\'",
  '\\"',
  '\\012',
  '\u0085',
  '\u00a0',
  '\u2028',
  '\ufeff',
  'ſ',
  'K',
  'é',
  '日本',
  '🔑',
  'export ',
  'A=b\n',
  'n',
  'r',
);

/** Any value that an environment variable can hold, most of them hard to quote. */
export const hardValue: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 3, arbitrary: fc.array(fc.oneof(troublesome, fc.string({ maxLength: 4 })), { maxLength: 12 }) },
    { weight: 1, arbitrary: fc.array(troublesome, { maxLength: 4 }) },
    { weight: 1, arbitrary: fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { maxLength: 2 }) },
  )
  .map((parts) => parts.join('').replaceAll('\0', ''));
