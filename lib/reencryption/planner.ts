import { DeclarationError } from '../catalog/problems';
import { DecryptionError, type DecryptionFailure } from '../encryption/decryption-error';
import type { FieldCipher } from '../encryption/field-cipher';

/** A value that cannot be decrypted. It stays as it is. */
export interface PoisonValue {
  readonly primaryKey: readonly string[];
  readonly column: string;
  /** `primary key`: an empty text, to which nothing can be bound. */
  readonly reason: DecryptionFailure | 'primary key';
  /** Key that the stored text names. */
  readonly keyId?: string;
}

/** Rows whose values are to be encrypted anew. */
export interface PlanRequest {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly primaryKey: readonly string[]; readonly values: readonly unknown[] }[];
}

export interface Plan {
  /** New values by row and column; `undefined` where the value stays. */
  readonly values: readonly (readonly (string | undefined)[])[];
  readonly poison: readonly PoisonValue[];
}

/** Where the encryption is done: in this thread, or in another. */
export interface Planner {
  plan(request: PlanRequest): Promise<Plan>;
  close(): Promise<void>;
}

/** Encrypts in this thread. */
export function planHere(cipher: FieldCipher): Planner {
  return {
    plan: (request) => Promise.resolve().then(() => planRows(request, cipher)),
    close: () => Promise.resolve(),
  };
}

/** New values for all rows, and what could not be decrypted. */
export function planRows({ table, columns, rows }: PlanRequest, cipher: FieldCipher): Plan {
  const poison: PoisonValue[] = [];
  const values = rows.map(({ primaryKey, values: stored }) =>
    columns.map((column, index) => {
      const value = stored[index];
      if (value === null || value === undefined) {
        return undefined;
      }
      try {
        // What is not text is reported as malformed by the cipher.
        return cipher.reencrypt(value as string, { table, column, primaryKey });
      } catch (error) {
        poison.push(poisonOf(error, primaryKey, column));
        return undefined;
      }
    }),
  );
  return { values, poison };
}

function poisonOf(error: unknown, primaryKey: readonly string[], column: string): PoisonValue {
  if (error instanceof DecryptionError) {
    const { reason, keyId } = error;
    return { primaryKey, column, reason, ...(keyId === undefined ? {} : { keyId }) };
  }
  if (error instanceof DeclarationError) {
    return { primaryKey, column, reason: 'primary key' };
  }
  throw error;
}
