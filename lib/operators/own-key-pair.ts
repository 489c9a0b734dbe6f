import { type Environment, type Problem, type SealedSecretsDelivery, throwProblems } from '../catalog';
import type { KubernetesClient } from '../kubernetes/client';
import { currentCertificate, readCertificates } from '../sealing/certificate';
import { certificatePath, certificatesOf } from '../sealing/seal-environment';
import { sealedSecretsController } from './sealed-secrets-values';

/** By this label the controller finds its key pairs (`pkg/controller/keys.go` of bitnami/sealed-secrets). */
const activeKeys = 'sealedsecrets.bitnami.com/sealed-secrets-key=active';

interface KeySecret {
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

/**
 * Checks that a cluster has the key pair of the committed certificate before the controller is installed, which would
 * otherwise make one of its own and open nothing. The pair is put there by hand, so that no state ever holds it.
 * @throws DeclarationError with the way to put it there
 */
export async function requireOwnKeyPair(
  client: Pick<KubernetesClient, 'request'>,
  environment: Environment<SealedSecretsDelivery>,
): Promise<void> {
  const { namespace } = sealedSecretsController;
  const path = certificatePath(environment);
  const wanted = currentCertificate(certificatesOf(environment), path);
  const query = new URLSearchParams({ labelSelector: activeKeys }).toString();
  const { items } = await client.request<{ items: KeySecret[] }>(
    'GET',
    `/api/v1/namespaces/${namespace}/secrets?${query}`,
  );
  const found = items.flatMap(certificateIds);
  const problem: Problem = {
    path,
    what: `namespace ${namespace} does not have the key pair of the certificate`,
    got: found.length === 0 ? 'no key pair' : `key pairs of ${found.join(', ')}`,
    allowed: `a Secret of type kubernetes.io/tls with certificate ${wanted.id} and label ${activeKeys}`,
    fix: 'put it there as docs/sealing.md says under "A key pair of our own", or restore a backup',
  };
  throwProblems(`environment "${environment.name}"`, found.includes(wanted.id) ? [] : [problem]);
}

function certificateIds({ metadata, data }: KeySecret): string[] {
  const pem = Buffer.from(data?.['tls.crt'] ?? '', 'base64').toString();
  try {
    return readCertificates(pem, metadata.name).map(({ id }) => id);
  } catch {
    return [];
  }
}
