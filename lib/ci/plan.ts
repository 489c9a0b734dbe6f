import {
  durationSeconds,
  type Duration,
  type Environment,
  type GithubActionsDelivery,
  type Problem,
  quoted,
  throwProblems,
} from '../catalog';
import { exampleReason } from '../values/example-values';
import { generateValue } from '../values/generate';
import { checkIssuedFormat } from '../values/issued-format';
import type { SecretValue } from '../values/secret-value';
import { type CiStore, largestSecretBytes, type StoredSecret } from './store';

/** What becomes of a declared secret. `waiting`: it is missing, and only its issuer can make it. */
export type CiAction = 'set' | 'generate' | 'keep' | 'waiting';

/** One declared secret. */
export interface CiStep {
  readonly name: string;
  readonly action: CiAction;
  readonly issuedBy?: string;
  /** Age in whole days where it is more than allowed. */
  readonly staleDays?: number;
  /** When GitHub got the value that it has. */
  readonly updatedAt?: string;
}

/** The declared secrets against those that GitHub has; names only. */
export interface CiPlan {
  readonly steps: readonly CiStep[];
  /** Names that GitHub has and nobody declared. */
  readonly unknown: readonly string[];
}

/** What a plan is made of. */
export interface CiInput {
  readonly stored: readonly StoredSecret[];
  /** Values to deliver, by name. @default - none */
  readonly values?: ReadonlyMap<string, SecretValue>;
  /** Oldest age that is allowed where a secret has no schedule of its own. @default - any age */
  readonly maxAge?: Duration;
  readonly now?: Date;
}

/** Compares what is declared with what GitHub has and with the values at hand. */
export function planCi({ delivery }: Environment<GithubActionsDelivery>, input: CiInput): CiPlan {
  const { stored, values = new Map<string, SecretValue>(), maxAge, now = new Date() } = input;
  const present = new Map(stored.map((secret) => [secret.name, secret]));
  const steps = Object.entries(delivery.secrets).map(([name, { source, rotation }]): CiStep => {
    const found = present.get(name);
    const issuedBy = source.type === 'issued' ? source.by : undefined;
    const action = values.has(name) ? 'set' : found ? 'keep' : issuedBy === undefined ? 'generate' : 'waiting';
    const staleDays = action === 'keep' && found ? overdueDays(found, rotation.every ?? maxAge, now) : undefined;
    return {
      name,
      action,
      ...(issuedBy === undefined ? {} : { issuedBy }),
      ...(staleDays === undefined ? {} : { staleDays }),
      ...(found === undefined ? {} : { updatedAt: found.updatedAt.toISOString() }),
    };
  });
  return { steps, unknown: stored.map(({ name }) => name).filter((name) => !(name in delivery.secrets)) };
}

function overdueDays({ updatedAt }: StoredSecret, allowed: Duration | undefined, now: Date): number | undefined {
  const age = (now.getTime() - updatedAt.getTime()) / 1000;
  return allowed !== undefined && age > durationSeconds(allowed) ? Math.floor(age / 86_400) : undefined;
}

/**
 * Checks values before anything is delivered.
 * @throws DeclarationError with every refusal at once; no message shows a value
 */
export function checkCiValues(
  { delivery }: Environment<GithubActionsDelivery>,
  values: ReadonlyMap<string, SecretValue>,
  examples: ReadonlySet<string>,
): void {
  const problems = [...values].flatMap(([name, value]): Problem[] => {
    const source = delivery.secrets[name]?.source;
    if (source === undefined) {
      const allowed = Object.keys(delivery.secrets).join(', ');
      return [
        {
          path: name,
          what: 'no such secret is declared',
          got: quoted(name),
          allowed,
          fix: 'correct the name, or declare it',
        },
      ];
    }
    const size = Buffer.byteLength(value.reveal());
    const reason =
      checkIssuedFormat(source.type === 'issued' ? source.format : 'text', value) ??
      exampleReason(value, examples) ??
      (size > largestSecretBytes ? `it has ${size} bytes, and GitHub takes ${largestSecretBytes}` : undefined);
    return reason === undefined
      ? []
      : [
          {
            path: name,
            what: `the value is refused: ${reason}`,
            got: 'a value that is not shown',
            allowed: source.type === 'issued' ? `a ${source.format} value issued by ${source.by}` : 'a real value',
            fix: 'enter the real one',
          },
        ];
  });
  throwProblems('the input', problems);
}

/**
 * Delivers what a plan says, one secret after the other.
 * @param delivered called after each
 */
export async function deliverCi(
  { delivery }: Environment<GithubActionsDelivery>,
  store: CiStore,
  { steps }: CiPlan,
  values: ReadonlyMap<string, SecretValue>,
  delivered: (name: string) => void,
): Promise<void> {
  for (const { name, action } of steps) {
    const field = delivery.secrets[name];
    const value =
      action === 'set' ? values.get(name) : action === 'generate' && field ? generateValue(field.source) : undefined;
    if (value !== undefined) {
      await store.set(name, value);
      delivered(name);
    }
  }
}
