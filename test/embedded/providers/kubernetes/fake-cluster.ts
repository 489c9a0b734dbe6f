import { KubernetesClient, KubernetesError } from '../../../../lib/kubernetes/client';

/** What the API server answers to `METHOD path`: each time the next one, and the last one from then on. */
export type Answers = Readonly<Record<string, readonly (object | KubernetesError)[]>>;

/** An API server that answers what it was told, records what it got, and throws on anything else. */
export class FakeCluster extends KubernetesClient {
  readonly requests: (readonly [request: string, body?: unknown])[] = [];
  readonly #answers: Map<string, (object | KubernetesError)[]>;

  constructor(answers: Answers) {
    super({ server: 'https://cluster.test' });
    this.#answers = new Map(Object.entries(answers).map(([request, list]) => [request, [...list]]));
  }

  override request<T>(method: string, path: string, body?: unknown): Promise<T> {
    const request = `${method} ${path.replace(/pulumi-kubernetes-[0-9a-f]{8}/, 'MANAGER')}`;
    if (request === 'GET /api/v1') {
      const resources = [
        { name: 'configmaps', kind: 'ConfigMap', namespaced: true },
        { name: 'secrets', kind: 'Secret', namespaced: true },
        { name: 'namespaces', kind: 'Namespace', namespaced: false },
      ];
      return Promise.resolve({ resources } as T);
    }
    this.requests.push(body === undefined ? [request] : [request, body]);
    const answers = this.#answers.get(request) ?? [];
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (!answer) {
      throw new Error(`unexpected request ${request}`);
    }
    return answer instanceof KubernetesError ? Promise.reject(answer) : Promise.resolve(structuredClone(answer) as T);
  }
}

/** A refusal of the API server. */
export function refusal(status: number, reason: string): KubernetesError {
  return new KubernetesError(`kubernetes refused (${status}): ${reason}`, status, reason);
}
