import { machineFacts, missingForPods } from '../../../lib/embedded/pods/requirements';

/** Set to `1`, it makes it no failure that a machine cannot run pods. */
export const allowNoPods = 'NIVESH_SECRETS_ALLOW_NO_PODS';

/**
 * Tests that need real pods. Where the machine cannot run them they fail and say why, unless it is allowed explicitly.
 */
export function describePods(name: string, tests: () => void): void {
  const missing = missingForPods(machineFacts());
  if (missing.length === 0) {
    describe(name, tests);
    return;
  }
  const reason = `this machine cannot run pods, it lacks ${missing.join(', ')}`;
  describe(name, () => {
    it(`did not run: ${reason}`, () => {
      if (process.env[allowNoPods] !== '1') {
        throw new Error(`${reason}; fix: install them, or set ${allowNoPods}=1 to go on without these tests`);
      }
    });
  });
}
