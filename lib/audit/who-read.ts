import { type Access, accessOf, answeredAccess, pathsOf } from './access';
import { type AccessGroup, AccessGroups } from './access-groups';
import { counted } from '../counted';
import type { Gap } from './gap';
import type { LogEvidence, LogQuestion } from './vault-log';
import { readVaultLog } from './vault-log';
import type { VaultEntry } from './vault-entry';

/** Accesses to secrets, as the log of Vault has them. */
export interface AccessReport extends LogEvidence {
  /** Reads of values and of field names by Kubernetes service accounts. */
  readonly workloads: readonly AccessGroup[];
  /** The same by everybody else. */
  readonly people: readonly AccessGroup[];
  /** Looks at metadata: names, versions and times. */
  readonly names: readonly AccessGroup[];
  readonly writes: readonly AccessGroup[];
  /** Attempts that were denied or found nothing. */
  readonly refused: readonly AccessGroup[];
}

/** See {@link whoRead}. */
export interface WhoReadQuestion extends LogQuestion {
  /** Mount of the KV version 2 engine. */
  readonly mount: string;
  /** Path of the secret below the mount. */
  readonly path: string;
  /** Counts only reads whose answer has this field. @default - any */
  readonly field?: string;
}

/** Who read, saw, changed or tried to read a secret. */
export async function whoRead(question: WhoReadQuestion): Promise<AccessReport> {
  const { mount, path, field } = question;
  const collector = new AccessCollector(mount, field);
  const paths = new Set(pathsOf(mount, path));
  const evidence = await readVaultLog({
    ...question,
    // As JSON writes the end of a request's path.
    needles: [JSON.stringify(`/${path}`).slice(1)],
    concerns: ({ request }) => paths.has(request.path),
    onAnswer: (entry) => {
      collector.add(entry);
    },
  });
  return collector.report(evidence);
}

/** Sorts answers about secrets of one mount into a report. */
export class AccessCollector {
  readonly #groups = {
    workloads: new AccessGroups(),
    people: new AccessGroups(),
    names: new AccessGroups(),
    writes: new AccessGroups(),
    refused: new AccessGroups(),
  };
  readonly #wrapped: string[] = [];

  constructor(
    readonly mount: string,
    readonly field?: string,
  ) {}

  /** @returns whether the entry is about a secret of the mount */
  add(entry: VaultEntry): boolean {
    const access = accessOf(entry, this.mount);
    if (!access) {
      return false;
    }
    const answered = answeredAccess(entry, access);
    if (answered.refusal !== undefined) {
      this.#groups.refused.add(answered);
    } else if (answered.wrappingToken !== undefined) {
      this.#wrapped.push(answered.wrappingToken);
      this.#sectionOf(access, answered.identity.kind === 'workload').add({
        ...answered,
        action: `${access.action}, wrapped`,
      });
    } else if (this.field === undefined || !isRead(access) || answered.keys.includes(this.field)) {
      this.#sectionOf(access, answered.identity.kind === 'workload').add(answered);
    }
    return true;
  }

  report(evidence: LogEvidence): AccessReport {
    const { workloads, people, names, writes, refused } = this.#groups;
    return {
      workloads: workloads.list(),
      people: people.list(),
      names: names.list(),
      writes: writes.list(),
      refused: refused.list(),
      ...evidence,
      gaps: [...evidence.gaps, ...this.#wrappedGaps()],
    };
  }

  #sectionOf(access: Access, isWorkload: boolean): AccessGroups {
    if (isRead(access)) {
      return isWorkload ? this.#groups.workloads : this.#groups.people;
    }
    return access.kind === 'names' ? this.#groups.names : this.#groups.writes;
  }

  #wrappedGaps(): Gap[] {
    const count = this.#wrapped.length;
    return count === 0
      ? []
      : [
          {
            kind: 'wrapped',
            message: `${counted(count, 'answer')} in a wrapping token: whoever unwrapped it has the values, and that entry does not name the secret`,
            fix: 'ask who used the token: audit by <hash>',
            places: this.#wrapped.slice(0, 20),
          },
        ];
  }
}

function isRead({ kind }: Access): boolean {
  return kind === 'read' || kind === 'subkeys';
}
