import fc from 'fast-check';
import { workloadNames } from '../../lib/catalog';

describe('workloadNames', () => {
  it('keeps the names that live objects have', () => {
    expect([workloadNames('nivesh', 'nivesh-backend'), workloadNames('nivesh', 'grafana')]).toMatchInlineSnapshot(`
     [
       {
         "externalSecret": "nivesh-backend-secrets",
         "sealedSecret": "nivesh-backend-secret",
         "secret": "nivesh-backend-secret",
         "serviceAccount": "nivesh-backend",
         "store": "vault-backend",
         "tokenReviewBinding": "nivesh-backend-token-review",
         "tokenRole": "nivesh-backend-token",
         "vaultPolicy": "nivesh-backend",
         "vaultRole": "nivesh-backend",
       },
       {
         "externalSecret": "grafana-secrets",
         "sealedSecret": "grafana-secret",
         "secret": "grafana-secret",
         "serviceAccount": "grafana",
         "store": "vault-grafana",
         "tokenReviewBinding": "nivesh-grafana-token-review",
         "tokenRole": "grafana-token",
         "vaultPolicy": "nivesh-grafana",
         "vaultRole": "nivesh-grafana",
       },
     ]
    `);
  });

  it('takes the prefix away once, and only with its dash', () => {
    expect(workloadNames('nivesh', 'nivesh-nivesh-x').vaultRole).toBe('nivesh-nivesh-x');
    expect(workloadNames('nivesh', 'niveshed').store).toBe('vault-niveshed');
  });

  it('gives two workloads different names, unless they differ in the prefix alone', () => {
    const name = fc.stringMatching(/^(nivesh-)?[a-z0-9]([-a-z0-9]{0,10}[a-z0-9])?$/);
    fc.assert(
      fc.property(name, name, (a, b) => {
        fc.pre(a !== b && `nivesh-${a}` !== b && a !== `nivesh-${b}`);
        const [first, second] = [workloadNames('nivesh', a), workloadNames('nivesh', b)];
        for (const key of Object.keys(first) as (keyof typeof first)[]) {
          expect(first[key]).not.toBe(second[key]);
        }
      }),
    );
  });

  it('stays within the 63 characters of a label for the longest workload name', () => {
    const longest = 'w'.repeat(55);
    const { vaultPolicy, vaultRole, tokenReviewBinding, ...labels } = workloadNames('c'.repeat(30), longest);
    expect(Object.values(labels as Record<string, string>).every((name) => name.length <= 63)).toBe(true);
    // These are no labels.
    expect([vaultPolicy, vaultRole, tokenReviewBinding].every((name) => name.length <= 128)).toBe(true);
  });
});
