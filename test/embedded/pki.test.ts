import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, get } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Layout } from '../../lib/embedded/layout';
import { ensurePki } from '../../lib/embedded/pki';
import { temporaryFolder } from './support/temporary';

describe('ensurePki', () => {
  const folder = temporaryFolder();
  const layout = (): Layout => new Layout(folder());
  const read = (name: string): string => readFileSync(layout().pki(name), 'utf8');

  function everything(): Record<string, string> {
    return Object.fromEntries(readdirSync(layout().pki('')).map((name) => [name, read(name)]));
  }

  it('makes keys for their owner only, and certificates of three authorities', async () => {
    await ensurePki(layout());
    const names = readdirSync(layout().pki(''));
    expect(names.map((name) => statSync(layout().pki(name)).mode & 0o777)).toEqual(names.map(() => 0o600));
    const issuers = names
      .filter((name) => name.endsWith('.crt'))
      .map((name) => [name, new X509Certificate(read(name)).issuer.replace('CN=nivesh-secrets embedded ', '')]);
    expect(Object.fromEntries(issuers)).toEqual({
      'etcd-ca.crt': 'etcd-ca',
      'etcd-client.crt': 'etcd-ca',
      'etcd.crt': 'etcd-ca',
      'kube-apiserver.crt': 'kubernetes-ca',
      'kubelet-client.crt': 'kubernetes-ca',
      'kubernetes-ca.crt': 'kubernetes-ca',
      'kubernetes-controllers.crt': 'kubernetes-ca',
      'vault-ca.crt': 'vault-ca',
      'vault.crt': 'vault-ca',
    });
  });

  it('keeps what is good', async () => {
    await ensurePki(layout());
    const before = everything();
    await ensurePki(layout());
    expect(everything()).toEqual(before);
  });

  it('makes certificates again that another authority has signed or that soon expire', async () => {
    await ensurePki(layout());
    const before = everything();
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'],
      now: Date.now() + 380 * 86_400_000,
    });
    await ensurePki(layout());
    jest.useRealTimers();
    const changed = Object.keys(before).filter((name) => everything()[name] !== before[name]);
    expect(changed.filter((name) => name.includes('-ca.') || name.startsWith('service-account'))).toEqual([]);
    expect(changed).toEqual(expect.arrayContaining(['vault.crt', 'vault.key', 'kube-apiserver.crt', 'etcd.crt']));
  });

  it('is trusted by a client that knows the authority, and by no other', async () => {
    await ensurePki(layout());
    const server = createServer({ cert: read('vault.crt'), key: read('vault.key') }, (_, response) => response.end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const ask = async (authority: string): Promise<unknown> =>
      await new Promise((resolve) => {
        get({ host: '127.0.0.1', port, ca: read(authority), agent: false }, (response) => {
          response.resume();
          resolve(response.statusCode);
        }).on('error', (error: NodeJS.ErrnoException) => {
          resolve(error.code);
        });
      });
    expect(await ask('vault-ca.crt')).toBe(200);
    expect(await ask('kubernetes-ca.crt')).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    server.close();
  });
});
