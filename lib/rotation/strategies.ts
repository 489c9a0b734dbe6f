import type { Rotation } from '../catalog';
import { RotationError } from './errors';
import type { RotationStrategy } from './strategy';

/** The one place where strategies are known. They are loaded when they are used: some need database drivers. */
const loaders: Readonly<Partial<Record<Rotation['strategy'], () => Promise<RotationStrategy>>>> = {
  overlap: async () => (await import('./overlap.js')).overlapStrategy,
  keyring: async () => (await import('./keyring/strategy.js')).keyringStrategy(),
  manual: async () => (await import('./manual.js')).manualStrategy,
};

/**
 * The strategy of a declared rotation.
 * @throws RotationError where it has none
 */
export async function loadStrategy({ strategy }: Rotation): Promise<RotationStrategy> {
  const load = loaders[strategy];
  if (!load) {
    throw new RotationError(
      `there is no rotation by ${strategy} in this version`,
      `use one of ${Object.keys(loaders).join(', ')}`,
    );
  }
  return await load();
}
