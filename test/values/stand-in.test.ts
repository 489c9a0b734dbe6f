import type { IssuedFormat } from '../../lib/catalog';
import { checkIssuedFormat } from '../../lib/values/issued-format';
import { standInValue } from '../../lib/values/stand-in';

describe('standInValue', () => {
  it.each<IssuedFormat>(['text', 'url', 'pem', 'json', 'yaml'])(
    'has the form of %s and is different each time',
    (format) => {
      const value = standInValue({ format });
      expect(checkIssuedFormat(format, value)).toBeUndefined();
      expect(standInValue({ format }).reveal()).not.toBe(value.reveal());
    },
  );
});
