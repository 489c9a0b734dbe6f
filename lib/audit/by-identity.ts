import { accessOf } from './access';
import { type AccessGroup, AccessGroups } from './access-groups';
import { identityOf, identityQuestion } from './identity';
import { refusalOf } from './vault-entry';
import { type LogQuestion, readVaultLog } from './vault-log';
import { AccessCollector, type AccessReport } from './who-read';

/** What an identity did. */
export interface IdentityReport extends AccessReport {
  /** Everything that is not about a secret of the mount: logins, looks at tokens, administration. */
  readonly others: readonly AccessGroup[];
}

/** See {@link byIdentity}. */
export interface ByIdentityQuestion extends LogQuestion {
  /** Mount of the KV version 2 engine. */
  readonly mount: string;
  /** See {@link identityQuestion}; several names of one who asks are answered in one reading of the log. */
  readonly identity: string | readonly string[];
}

/** What an identity read, saw, changed, tried, and did otherwise. */
export async function byIdentity(question: ByIdentityQuestion): Promise<IdentityReport> {
  const { mount, identity } = question;
  const asked = typeof identity === 'string' ? [identity] : identity;
  const names = asked.map(identityQuestion);
  const collector = new AccessCollector(mount);
  const others = new AccessGroups();
  const evidence = await readVaultLog({
    ...question,
    needles: names.map(({ needle }) => needle),
    concerns: (entry) => names.some(({ matches }) => matches(entry)),
    // The request of a login does not know yet who will have logged in, and a hash may stand in the answer only.
    pairs: (entry) => !asked.some((name) => name.startsWith('hmac-sha256:')) && accessOf(entry, mount) !== undefined,
    onAnswer: (entry) => {
      if (!collector.add(entry)) {
        const { request, response } = entry;
        const refusal = refusalOf(entry);
        others.add({
          kind: 'names',
          time: entry.time,
          path: request.path,
          action: request.operation,
          identity: identityOf(entry.auth ? entry : { ...entry, auth: response?.auth ?? null }),
          keys: [],
          ...(request.remote_address === undefined ? {} : { address: request.remote_address }),
          ...(refusal === undefined ? {} : { refusal }),
        });
      }
    },
  });
  return { ...collector.report(evidence), others: others.list() };
}
