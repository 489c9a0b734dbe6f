import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { generate } from 'selfsigned';
import { type Layout, makePrivateFolder, writePrivateFile } from './layout';
import { loopback } from './ports';

const day = 86_400_000;
const authorityLife = 3650 * day;
const certificateLife = 397 * day;
/** A certificate that ends sooner than this is made again at the next start. */
const renewBefore = 30 * day;

/** Certificate authorities, one for each trust relation, as in a real cluster. */
type Authority = 'etcd-ca' | 'kubernetes-ca' | 'vault-ca';

interface Leaf {
  readonly name: string;
  readonly authority: Authority;
  /** Names besides 127.0.0.1 and localhost; none makes it a client certificate. */
  readonly serverNames?: readonly string[];
  readonly client?: boolean;
}

const leaves: readonly Leaf[] = [
  // A member of etcd is a client of its peers as well.
  { name: 'etcd', authority: 'etcd-ca', serverNames: [], client: true },
  { name: 'etcd-client', authority: 'etcd-ca', client: true },
  {
    name: 'kube-apiserver',
    authority: 'kubernetes-ca',
    serverNames: ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
  },
  { name: 'kubelet-client', authority: 'kubernetes-ca', client: true },
  { name: 'kubernetes-controllers', authority: 'kubernetes-ca', serverNames: [] },
  { name: 'vault', authority: 'vault-ca', serverNames: [] },
];

/**
 * Makes what is missing or about to expire: authorities, certificates, and the key that signs service account tokens.
 * Private keys are readable by their owner only.
 */
export async function ensurePki(layout: Layout): Promise<void> {
  await makePrivateFolder(layout.pki(''));
  for (const authority of new Set(leaves.map((leaf) => leaf.authority))) {
    if (!(await isFresh(layout.pki(`${authority}.crt`)))) {
      await makeAuthority(layout, authority);
    }
  }
  await Promise.all(
    leaves.map(async (leaf) => {
      await ensureLeaf(layout, leaf);
    }),
  );
  await ensureServiceAccountKey(layout);
}

async function makeAuthority(layout: Layout, authority: Authority): Promise<void> {
  const made = await generate([{ name: 'commonName', value: `nivesh-secrets embedded ${authority}` }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + authorityLife),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  await writePair(layout, authority, made);
}

/** A certificate of another authority than the present one is made again too. */
async function ensureLeaf(layout: Layout, leaf: Leaf): Promise<void> {
  const ca = {
    key: await readFile(layout.pki(`${leaf.authority}.key`), 'utf8'),
    cert: await readFile(layout.pki(`${leaf.authority}.crt`), 'utf8'),
  };
  if (await isFresh(layout.pki(`${leaf.name}.crt`), new X509Certificate(ca.cert))) {
    return;
  }
  const { serverNames, client = false } = leaf;
  const made = await generate([{ name: 'commonName', value: leaf.name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + certificateLife),
    ca,
    extensions: [
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: serverNames !== undefined, clientAuth: client },
      ...(serverNames === undefined
        ? []
        : [
            {
              name: 'subjectAltName' as const,
              altNames: [
                { type: 7 as const, ip: loopback },
                ...['localhost', ...serverNames].map((value) => ({ type: 2 as const, value })),
              ],
            },
          ]),
    ],
  });
  await writePair(layout, leaf.name, made);
}

async function writePair(layout: Layout, name: string, made: { private: string; cert: string }): Promise<void> {
  await writePrivateFile(layout.pki(`${name}.key`), made.private);
  await writePrivateFile(layout.pki(`${name}.crt`), made.cert);
}

async function isFresh(file: string, issuer?: X509Certificate): Promise<boolean> {
  try {
    const certificate = new X509Certificate(await readFile(file));
    const remaining = Date.parse(certificate.validTo) - Date.now();
    return remaining > renewBefore && (issuer === undefined || certificate.verify(issuer.publicKey));
  } catch {
    return false;
  }
}

async function ensureServiceAccountKey(layout: Layout): Promise<void> {
  try {
    await readFile(layout.pki('service-account.pub'));
  } catch {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await writePrivateFile(
      layout.pki('service-account.key'),
      privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    );
    await writePrivateFile(
      layout.pki('service-account.pub'),
      publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    );
  }
}
