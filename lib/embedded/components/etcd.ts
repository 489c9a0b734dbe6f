import { readFile } from 'node:fs/promises';
import { loopback } from '../ports';
import { probe } from '../probe';
import type { Component } from './component';

/** The API server's store, with TLS in both directions (https://etcd.io/docs/v3.6/op-guide/security/). */
export const etcd: Component = {
  name: 'etcd',
  after: [],
  ports: ['etcd', 'etcd/peer'],
  scheme: 'https',

  args: ({ layout, port }) => {
    const client = `https://${loopback}:${port('etcd')}`;
    const peer = `https://${loopback}:${port('etcd/peer')}`;
    const tls = (prefix: string): string[] => [
      `--${prefix}cert-file=${layout.pki('etcd.crt')}`,
      `--${prefix}key-file=${layout.pki('etcd.key')}`,
      `--${prefix}trusted-ca-file=${layout.pki('etcd-ca.crt')}`,
      `--${prefix}client-cert-auth=true`,
    ];
    return [
      '--name=embedded',
      `--data-dir=${layout.file('etcd', 'data')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=embedded=${peer}`,
      ...tls(''),
      ...tls('peer-'),
      '--log-level=warn',
    ];
  },

  isReady: async ({ layout, port }) => {
    const read = async (name: string): Promise<string> => await readFile(layout.pki(name), 'utf8');
    const identity = {
      ca: await read('etcd-ca.crt'),
      cert: await read('etcd-client.crt'),
      key: await read('etcd-client.key'),
    };
    return (await probe(`https://${loopback}:${port('etcd')}/health`, identity)) === 200;
  },
};
