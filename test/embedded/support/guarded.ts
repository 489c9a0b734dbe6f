/* Runs until it is told to end; the arguments say how its clean-up behaves. */
import { beforeTermination } from '../../../lib/embedded/termination';

const [behaviour] = process.argv.slice(2);
const inOrder: Record<string, () => Promise<void>> = {
  orderly: async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    console.log('cleaned up in order');
  },
  failing: () => Promise.reject(new Error('cannot')),
  endless: () => new Promise(() => undefined),
  throwing: () => Promise.resolve(),
};

beforeTermination({
  inOrder: inOrder[behaviour ?? ''] ?? (() => Promise.resolve()),
  atOnce: () => {
    console.log('cleaned up at once');
  },
});
setInterval(() => undefined, 1000);
console.log('ready');
if (behaviour === 'throwing') {
  throw new Error('a mistake');
}
