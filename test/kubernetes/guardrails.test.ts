import { VaultDelivery, VaultGuardrails, type VaultGuardrailsProps } from '../../lib/kubernetes';
import { orderManifests } from '../../lib/operators/manifest-order';
import { type ShopOptions, shopEnvironment } from '../support/environment';
import { namesOf, objectOf, synthesize, testChart } from '../support/objects';

// What the policies refuse is shown on a real API server: test/e2e/guardrails.test.ts.

function guardrails(options: ShopOptions = {}, props: Partial<VaultGuardrailsProps> = {}) {
  const chart = testChart();
  new VaultGuardrails(chart, 'Guardrails', { environment: shopEnvironment(options), ...props });
  return synthesize(chart);
}

describe('VaultGuardrails', () => {
  it('is two policies, each with its binding and the facts that it compares with', () => {
    expect(namesOf(guardrails())).toEqual([
      'ConfigMap external-secrets/shop-stores',
      'ValidatingAdmissionPolicy shop-stores',
      'ValidatingAdmissionPolicyBinding shop-stores',
      'ConfigMap external-secrets/shop-external-secrets',
      'ValidatingAdmissionPolicy shop-external-secrets',
      'ValidatingAdmissionPolicyBinding shop-external-secrets',
    ]);
  });

  it('knows of each store whom it serves and as whom, and of each ExternalSecret what it reads', () => {
    const objects = guardrails();
    expect(objectOf(objects, 'ConfigMap', 'shop-stores').data).toEqual({
      'vault-web': 'shop shop-web shop-web',
      'vault-queue': 'shop queue shop-queue',
      'vault-backup': 'jobs backup shop-backup',
    });
    expect(objectOf(objects, 'ConfigMap', 'shop-external-secrets').data).toEqual({
      'shop-web-secrets': 'shop vault-web shop-web-secret shop/db,shop/web',
      'queue-secrets': 'shop vault-queue queue-secret shop/db',
      'backup-secrets': 'jobs vault-backup backup-secret shop/db',
    });
  });

  it('has no fact that would be read in another way', () => {
    const facts = ['shop-stores', 'shop-external-secrets'].flatMap((name) =>
      Object.values(objectOf(guardrails(), 'ConfigMap', name).data as Record<string, string>),
    );
    expect(facts.filter((fact) => !/^[^ ,]+ [^ ,]+ [^ ,]+( [^ ]+)?$/.test(fact))).toEqual([]);
  });

  it('compares a store with what the catalog makes of it', () => {
    const policy = objectOf(
      guardrails({ storeKind: 'SecretStore', vault: { ca: { type: 'system' } } }),
      'ValidatingAdmissionPolicy',
      'shop-stores',
    );
    expect(policy).toHaveProperty(
      'spec.validations.1.expression',
      expect.stringContaining(
        'object.kind == "SecretStore" && object.metadata.namespace == variables.fact[0] && object.spec == {"provider"',
      ),
    );
  });

  it('lets stores of others be, if they are named', () => {
    const objects = guardrails({}, { otherStores: ['theirs', 'vault-web'] });
    expect(objectOf(objects, 'ConfigMap', 'shop-stores').data).toMatchObject({
      theirs: 'other',
      'vault-web': 'shop shop-web shop-web',
    });
  });

  it("watches over the catalog's namespaces, and is closed where it does not know", () => {
    const objects = guardrails();
    for (const name of ['shop-stores', 'shop-external-secrets']) {
      expect(objectOf(objects, 'ValidatingAdmissionPolicy', name)).toHaveProperty('spec.failurePolicy', 'Fail');
      const binding = objectOf(objects, 'ValidatingAdmissionPolicyBinding', name);
      expect(binding).toHaveProperty('spec.validationActions', ['Deny']);
      expect(binding).toHaveProperty('spec.paramRef.parameterNotFoundAction', 'Deny');
      expect(binding).toHaveProperty('spec.matchResources.namespaceSelector.matchExpressions', [
        { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['shop', 'jobs'] },
      ]);
    }
  });

  it('is applied so that no object of the catalog is refused because its fact comes later', () => {
    const chart = testChart();
    const environment = shopEnvironment();
    new VaultDelivery(chart, 'Delivery', { environment });
    new VaultGuardrails(chart, 'Guardrails', { environment });
    const ordered = orderManifests(synthesize(chart));
    const facts = ['ConfigMap/external-secrets/shop-external-secrets', 'ConfigMap/external-secrets/shop-stores'];
    const guarded = ordered.filter(({ id }) =>
      /^(ClusterSecretStore|ExternalSecret|ValidatingAdmissionPolicyBinding)\//.test(id),
    );
    expect(guarded).toHaveLength(8);
    for (const { id, needs } of guarded) {
      const own = id.startsWith('Validating') ? facts.filter((fact) => fact.endsWith(id.split('/')[1] ?? '')) : facts;
      expect(needs).toEqual(expect.arrayContaining(own));
    }
  });
});
