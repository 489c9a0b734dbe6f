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
  const reason = reasonOf(missing);
  describe(name, () => {
    it(`did not run: ${reason}`, () => {
      insistOnPods(missing, process.env);
    });
  });
}

function reasonOf(missing: readonly string[]): string {
  return `this machine cannot run pods, it lacks ${missing.join(', ')}`;
}

/** @throws Error where something is missing and nobody said that this is fine */
export function insistOnPods(missing: readonly string[], environment: NodeJS.ProcessEnv): void {
  if (missing.length > 0 && environment[allowNoPods] !== '1') {
    throw new Error(`${reasonOf(missing)}; fix: install them, or set ${allowNoPods}=1 to go on without these tests`);
  }
}
