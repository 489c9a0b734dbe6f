import { VaultGuardrails, type VaultGuardrailsProps } from '../../lib/kubernetes';
import { type ShopOptions, shopEnvironment } from '../support/environment';
import { namesOf, objectOf, synthesize, testChart } from '../support/objects';

// What the policies refuse, and what they let through, is shown on a real API server: test/e2e/guardrails.test.ts.

function guardrails(options: ShopOptions = {}, props: Partial<VaultGuardrailsProps> = {}) {
  const chart = testChart();
  new VaultGuardrails(chart, 'Guardrails', { environment: shopEnvironment(options), ...props });
  return synthesize(chart);
}

/** The condition that a store must meet. */
function ruleOfStores(options: ShopOptions = {}, props: Partial<VaultGuardrailsProps> = {}) {
  const policy = objectOf(guardrails(options, props), 'ValidatingAdmissionPolicy', 'shop-stores');
  return (policy.spec as { validations: { expression: string }[] }).validations.map(({ expression }) => expression);
}

describe('VaultGuardrails', () => {
  it('is two policies, each with its binding', () => {
    expect(namesOf(guardrails())).toEqual([
      'ValidatingAdmissionPolicy shop-stores',
      'ValidatingAdmissionPolicyBinding shop-stores',
      'ValidatingAdmissionPolicy shop-external-secrets',
      'ValidatingAdmissionPolicyBinding shop-external-secrets',
    ]);
  });

  it('lets a store be what the catalog makes for the workload whose service account it names', () => {
    expect(ruleOfStores()).toMatchInlineSnapshot(`
     [
       "object.kind == "ClusterSecretStore" && object.metadata.name == "vault-" + variables.shortName && object.spec == {"conditions": dyn([{"namespaces": dyn([variables.home])}]), "provider": dyn({"vault": dyn({"server": dyn("https://vault:8200"), "path": dyn("secret"), "version": dyn("v2"), "caProvider": dyn({"type": dyn("ConfigMap"), "name": dyn("ca"), "key": dyn("ca.crt"), "namespace": dyn("external-secrets")}), "auth": dyn({"kubernetes": dyn({"mountPath": dyn("kubernetes"), "role": dyn("shop-" + variables.shortName), "serviceAccountRef": dyn({"name": dyn(variables.workload), "namespace": dyn(variables.home), "audiences": dyn(["vault", "https://kubernetes.default.svc"])})})})})})}",
     ]
    `);
  });

  it('keeps stores of a namespace to that namespace', () => {
    const objects = guardrails({ storeKind: 'SecretStore', vault: { ca: { type: 'system' } } });
    const policy = objectOf(objects, 'ValidatingAdmissionPolicy', 'shop-stores');
    expect(policy).toHaveProperty('spec.variables.1', { name: 'home', expression: 'object.metadata.namespace' });
    expect(ruleOfStores({ storeKind: 'SecretStore', vault: { ca: { type: 'system' } } })).toEqual([
      expect.stringMatching(/^object\.kind == "SecretStore" && .* object\.spec == \{"provider": /),
    ]);
  });

  it('lets cluster-wide stores of others be, if they are named', () => {
    expect(ruleOfStores({}, { otherStores: ['theirs', 'and theirs'] })).toEqual([
      expect.stringMatching(
        /^\(object\.kind == "ClusterSecretStore" && object\.metadata\.name in \["theirs", "and theirs"\]\) \|\| \(/,
      ),
    ]);
  });

  it('does not change when a workload comes, since the API server notices changed policies late', () => {
    for (const workload of ['queue', 'backup', 'shop-web']) {
      const policies = guardrails().filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
      expect(JSON.stringify(policies)).not.toContain(workload);
    }
  });

  it("watches over the catalog's namespaces, and refuses where it cannot decide", () => {
    const objects = guardrails();
    for (const name of ['shop-stores', 'shop-external-secrets']) {
      expect(objectOf(objects, 'ValidatingAdmissionPolicy', name)).toHaveProperty('spec.failurePolicy', 'Fail');
      const binding = objectOf(objects, 'ValidatingAdmissionPolicyBinding', name);
      expect(binding).toHaveProperty('spec.validationActions', ['Deny']);
      expect(binding).toHaveProperty('spec.matchResources.namespaceSelector.matchExpressions', [
        { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['shop', 'jobs'] },
      ]);
    }
  });
});
