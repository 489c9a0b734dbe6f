/* Starts a platform in the folder that is given, for as long as this process lives, and says so. */
import { consoleReporter, startPlatform } from '../../../lib/embedded';

const [directory = '', mistake] = process.argv.slice(2);

async function run(): Promise<void> {
  await startPlatform({ directory, reporter: consoleReporter() });
  console.log('started');
  if (mistake !== undefined) {
    throw new Error('a mistake after the start');
  }
  setInterval(() => undefined, 1000);
}

void run();
