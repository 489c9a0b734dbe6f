/** Operators that a stack can install. */
export const operatorNames = ['external-secrets', 'sealed-secrets'] as const;

/** An operator, by the name of its chart. */
export type OperatorName = (typeof operatorNames)[number];
