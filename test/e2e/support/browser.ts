import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Debian's package; a runner may have it elsewhere. */
const executables = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** A headless Chromium that calls nobody by itself. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = executables.find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined) {
    throw new Error('there is no Chromium; install the package chromium, or set CHROMIUM_PATH');
  }
  return await chromium.launch({
    executablePath,
    args: [
      '--headless',
      // The tests run as root in CI.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
