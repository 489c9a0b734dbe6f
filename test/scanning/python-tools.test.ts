import { reasonOfPip } from '../../lib/scanning/python-tools';

const last = 'ERROR: No matching distribution found for certifi==1\n';
const retry = 'WARNING: Retrying (Retry(total=0)) after connection broken by ';

test.each([
  [
    `${retry}'NewConnectionError('<a.B object at 0x7f>: Failed to establish a new connection: [Errno 111] Connection refused')': /simple/certifi/\n${last}`,
    'pip cannot reach its package index: Connection refused',
  ],
  [
    `${retry}'NewConnectionError('<a.B object at 0x7f>: Failed to establish a new connection: [Errno -2] Name or service not known')': /simple/certifi/\n${last}`,
    'pip cannot reach its package index: Name or service not known',
  ],
  [
    `${retry}'ReadTimeoutError("HTTPSConnectionPool(host='a.invalid', port=443): Read timed out. (read timeout=15)")': /simple/certifi/\n${last}`,
    'pip cannot reach its package index: Read timed out. (read timeout=15)',
  ],
  [last, 'No matching distribution found for certifi==1'],
  ['ERROR: THESE PACKAGES DO NOT MATCH THE HASHES\n', 'THESE PACKAGES DO NOT MATCH THE HASHES'],
  ['', ''],
])('what pip says is one reason: %#', (words, reason) => {
  expect(reasonOfPip(words)).toBe(reason);
});
