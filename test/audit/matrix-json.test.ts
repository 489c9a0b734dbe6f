import { environments } from '../../environments';
import { accessMatrix } from '../../lib/audit/access-matrix';
import { matrixJson, parseMatrixJson } from '../../lib/audit/matrix-json';

describe('matrixJson', () => {
  it('is read back as it was, without its source', () => {
    const matrix = accessMatrix(environments);
    expect(parseMatrixJson(matrixJson(matrix, 'commit 1a2b3c4'))).toEqual(matrix);
    expect(JSON.parse(matrixJson(matrix, 'commit 1a2b3c4'))).toMatchObject({ version: 1, source: 'commit 1a2b3c4' });
  });

  it.each([
    ['{', 'it is not JSON'],
    ['{"version":2}', 'it is no access matrix: version'],
    ['{"version":1,"catalog":"c","environments":[],"grants":[{}]}', 'it is no access matrix: grants.0.environment'],
  ])('fails on %s', (text, message) => {
    expect(() => parseMatrixJson(text)).toThrow(message);
  });
});
