import { randomBytes, randomUUID } from 'node:crypto';

/** What tells one call from another. */
export interface Call {
  readonly id?: string;
  /** RFC 3339. */
  readonly time: string;
  readonly path?: string;
  readonly operation?: string;
  readonly error?: string;
  readonly auth?: object | null;
  readonly requestData?: object;
  readonly response?: object | null;
  readonly clientToken?: string;
}

/** A hash such as audit devices write. */
export function hash(): string {
  return `hmac-sha256:${randomBytes(32).toString('hex')}`;
}

/** A service account as Vault's Kubernetes auth method knows it. */
export function workloadAuth(account = 'nivesh-backend', namespace = 'nivesh'): object {
  return {
    accessor: hash(),
    client_token: hash(),
    display_name: `kubernetes-${namespace}-${account}`,
    entity_id: '5b3c6a4e-0000-4000-8000-000000000001',
    metadata: { role: account, service_account_name: account, service_account_namespace: namespace },
    policies: [account],
    policy_results: { allowed: true },
  };
}

/** A person who logged in with userpass. */
export function personAuth(name = 'asha', allowed = true): object {
  return {
    accessor: hash(),
    client_token: hash(),
    display_name: `userpass-${name}`,
    entity_id: '5b3c6a4e-0000-4000-8000-000000000002',
    metadata: { username: name },
    policies: ['default', 'person'],
    policy_results: { allowed },
  };
}

/** What Vault answers to a read of a KV version 2 secret. */
export function values(version = 1, ...fields: string[]): object {
  const data = Object.fromEntries((fields.length > 0 ? fields : ['jwt_secret']).map((field) => [field, hash()]));
  return { data: { data, metadata: { created_time: hash(), deletion_time: hash(), destroyed: false, version } } };
}

/** Request and response of a call, as Vault 1.21 writes them: keys sorted, one object a line. */
export function callLines(call: Call): [request: string, response: string] {
  const { id = randomUUID(), time, path = 'secret/data/nivesh/backend', operation = 'read', error } = call;
  const request = {
    client_token: call.clientToken ?? hash(),
    ...(call.requestData ? { data: call.requestData } : {}),
    headers: { 'user-agent': ['test'] },
    id,
    mount_point: 'secret/',
    namespace: { id: 'root' },
    operation,
    path,
    remote_address: '10.0.0.7',
    remote_port: 40_002,
  };
  const auth = call.auth === undefined ? workloadAuth() : call.auth;
  const common = { ...(auth ? { auth } : {}), ...(error === undefined ? {} : { error }), request };
  const response = call.response === undefined ? values() : call.response;
  return [
    JSON.stringify({ ...common, time, type: 'request' }),
    JSON.stringify({ ...common, ...(response ? { response } : {}), time, type: 'response' }),
  ];
}

/** A log of calls, in order. */
export function logOf(calls: readonly Call[]): string {
  return calls
    .flatMap(callLines)
    .map((line) => `${line}\n`)
    .join('');
}

/** Calls to a path that nobody asks about, one an hour, so that a window has no silent hour. */
export function heartbeat(from: string, hours: number): Call[] {
  return Array.from({ length: hours }, (_, hour) => ({
    time: new Date(Date.parse(from) + hour * 3_600_000).toISOString(),
    path: 'auth/token/lookup-self',
    response: { data: { id: hash() } },
  }));
}
