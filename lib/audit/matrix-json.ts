import { z } from 'zod';
import type { AccessMatrix } from './access-matrix';

/** Form of the JSON; a later one that says something else gets another number. */
const version = 1;

/** The matrix for programs, and for `matrix --diff` later on. */
export function matrixJson(matrix: AccessMatrix, source?: string): string {
  return `${JSON.stringify({ version, ...(source === undefined ? {} : { source }), ...matrix }, null, 2)}\n`;
}

const text = z.string();
const identity = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('vault'),
    namespace: text,
    serviceAccount: text,
    vaultRole: text,
    vaultPolicy: text,
    vaultPath: text,
  }),
  z.object({
    type: z.literal('sealedSecrets'),
    namespace: text,
    secret: text,
    scope: z.enum(['strict', 'namespace-wide', 'cluster-wide']),
  }),
  z.object({ type: z.literal('dotenv'), file: text }),
  z.object({ type: z.literal('githubActions'), repository: text }),
]);
const shape = z.object({
  version: z.literal(version),
  source: text.optional(),
  catalog: text,
  environments: z.array(text),
  grants: z.array(
    z.object({
      environment: text,
      workload: text,
      secret: text,
      access: z.enum(['read', 'rotate']),
      fields: z.array(text),
      variables: z.array(z.object({ name: text, fields: z.array(text) })),
      identity,
    }),
  ),
});

/**
 * Reads what {@link matrixJson} wrote.
 * @throws Error that says what is wrong, in one line
 */
export function parseMatrixJson(json: string): AccessMatrix {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new Error('it is not JSON');
  }
  const parsed = shape.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`it is no access matrix: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim());
  }
  const { catalog, environments, grants } = parsed.data;
  return { catalog, environments, grants };
}
