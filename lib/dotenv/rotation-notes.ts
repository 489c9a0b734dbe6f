import { type DotenvDelivery, type Environment, type FieldReference, referencesOf } from '../catalog';
import { declaredVariables } from './declared-variables';
import { isUsername } from './examples';

/** What a new value in a `.env` file does not do by itself, one sentence a field. */
export function rotationNotes(environment: Environment<DotenvDelivery>, names: readonly string[]): string[] {
  const references = environment.delivery.files
    .flatMap((file) => declaredVariables(environment.catalog, file))
    .filter(([name]) => names.includes(name))
    .flatMap(([, value]) => referencesOf(value))
    .filter((reference) => !isUsername(reference));
  const unique = new Map(references.map((reference) => [reference.id, reference]));
  return [...unique.values()].map((reference) => `${reference.id}: ${noteOf(reference)}`);
}

function noteOf({ declaration: { rotation, source }, fieldName }: FieldReference): string {
  switch (rotation.strategy) {
    case 'overlap':
      return `the value before it is kept in ${fieldName.replace(/_previous$/, '')}_previous; restart what reads them`;
    case 'alternatingUsers':
      return (
        `a ${rotation.database} that has data keeps the old password (its image reads the variable on an empty volume ` +
        'only): change it there, or remove the volume'
      );
    case 'dualPassword':
      return `restart ${rotation.database} and what connects to it`;
    case 'keyring':
      if (rotation.format === 'fernet' || source.type === 'keyring') {
        return 'the keys before it are kept, so stored data can be read; restart everything that reads it';
      }
      return 'data that was encrypted with the old key cannot be read with the new one: re-encrypt it, or remove it';
    case 'manual':
      return rotation.instructions;
  }
}
