import type { Rotation } from '../catalog';
import type { RotationStrategy } from './strategy';

/** The one place where strategies are known. They are loaded when they are used: some need database drivers. */
const loaders: Readonly<Record<Rotation['strategy'], () => Promise<RotationStrategy>>> = {
  overlap: async () => (await import('./overlap.js')).overlapStrategy,
  keyring: async () => (await import('./keyring/strategy.js')).keyringStrategy(),
  alternatingUsers: async () => (await import('./alternating-users.js')).alternatingUsersStrategy,
  dualPassword: async () => (await import('./dual-password.js')).dualPasswordStrategy,
  manual: async () => (await import('./manual.js')).manualStrategy,
};

/** The strategy of a declared rotation. */
export async function loadStrategy({ strategy }: Rotation): Promise<RotationStrategy> {
  return await loaders[strategy]();
}
