import { generateValue } from '../values/generate';
import type { SecretValue } from '../values/secret-value';
import type { RotationContext } from './strategy';

/** A fresh value of the field's kind, for strategies whose fields are all generated. */
export function freshValue({ field }: RotationContext): SecretValue {
  const value = generateValue(field.declaration.source);
  if (!value) {
    throw new Error(`${field.id} cannot be generated`);
  }
  return value;
}
