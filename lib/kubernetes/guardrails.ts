import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { type Environment, type ExternalSecretsDelivery, secretsOfWorkload } from '../catalog';
import { celComputed, celLiteral } from './cel';
import { type DeclaredWorkload, declaredWorkload } from './declared-workload';
import { storeSpec } from './store-spec';

/** See {@link VaultGuardrails}. */
export interface VaultGuardrailsProps {
  readonly environment: Environment<ExternalSecretsDelivery>;
  /** ClusterSecretStores of others in the same cluster, which may be as they are. @default - none */
  readonly otherStores?: readonly string[];
}

interface Guard {
  /** Suffix of the names of the policy, its binding and its ConfigMap. */
  readonly name: string;
  readonly resources: readonly string[];
  /** What the catalog says of each object, by the object's name; the policy's rules read it. */
  readonly facts: Readonly<Record<string, string>>;
  readonly variables: readonly { readonly name: string; readonly expression: string }[];
  readonly rules: readonly { readonly expression: string; readonly message: string }[];
}

/** The fact about a store that is none of ours. */
const other = 'other';

/** Words of the fact about the object that is checked; none if the catalog does not know the object. */
const fact = {
  name: 'fact',
  expression: 'object.metadata.name in params.data ? params.data[object.metadata.name].split(" ") : []',
};
const isKnown = 'size(variables.fact) > 0';

/**
 * Admission policies (https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/) from the
 * same facts as everything else. Without them, whoever may make a store in the cluster could let the operator log in as
 * one of our workloads, send its token elsewhere, or copy its values into another namespace.
 * - A store is exactly what the catalog makes of it. Other ClusterSecretStores are refused, unless they are named.
 * - In the catalog's namespaces an ExternalSecret reads its own store and its own paths, into its own Secret, and there
 *   is no PushSecret.
 *
 * Members of `system:masters`, who could as well delete the policies, are not held up: the way out in an emergency. Nor
 * is an update that leaves the specification as it is, such as the operator's own.
 */
export class VaultGuardrails extends Construct {
  private readonly environment: Environment<ExternalSecretsDelivery>;
  private readonly workloads: readonly DeclaredWorkload[];

  constructor(scope: Construct, id: string, props: VaultGuardrailsProps) {
    super(scope, id);
    this.environment = props.environment;
    const { catalog } = props.environment;
    this.workloads = Object.keys(catalog.workloads).map((name) => declaredWorkload(catalog, name));
    this.add(this.guardOfStores(props.otherStores ?? []));
    this.add(this.guardOfExternalSecrets());
  }

  private guardOfStores(otherStores: readonly string[]): Guard {
    const { catalog, delivery } = this.environment;
    const [namespace, serviceAccountName, vaultRole] = [0, 1, 2].map((index) =>
      celComputed(`variables.fact[${index}]`),
    );
    const spec = storeSpec(delivery, {
      namespace: namespace ?? '',
      serviceAccountName: serviceAccountName ?? '',
      vaultRole: vaultRole ?? '',
    });
    const place = delivery.storeKind === 'SecretStore' ? ' && object.metadata.namespace == variables.fact[0]' : '';
    return {
      name: 'stores',
      resources: ['clustersecretstores', 'secretstores'],
      facts: Object.fromEntries([
        ...otherStores.map((name) => [name, other]),
        ...this.workloads.map(({ namespace: home, names }) => [
          names.store,
          `${home} ${names.serviceAccount} ${names.vaultRole}`,
        ]),
      ]) as Record<string, string>,
      variables: [
        fact,
        { name: 'other', expression: `variables.fact == ["${other}"] && object.kind == "ClusterSecretStore"` },
      ],
      rules: [
        {
          expression: isKnown,
          message: `catalog ${catalog.name} makes no store of this name; declare the workload that needs it, or name the store as one of others`,
        },
        {
          expression:
            `!(${isKnown}) || variables.other || ` +
            `(object.kind == "${delivery.storeKind}"${place} && object.spec == ${celLiteral(spec)})`,
          message: `the store is not as catalog ${catalog.name} makes it: kind ${delivery.storeKind}, server ${delivery.vault.address}, mount ${delivery.vault.mount}, with the service account and the role of its workload; apply the manifest of the catalog`,
        },
      ],
    };
  }

  private guardOfExternalSecrets(): Guard {
    const { catalog, delivery } = this.environment;
    const ours = (rule: string): string => `!(${isKnown}) || (${rule})`;
    return {
      name: 'external-secrets',
      resources: ['externalsecrets', 'pushsecrets'],
      facts: Object.fromEntries(
        this.workloads.map(({ name, namespace, names }) => {
          const paths = secretsOfWorkload(catalog, name).map(({ path }) => path);
          return [names.externalSecret, [namespace, names.store, names.secret, paths.join(',')].join(' ')];
        }),
      ),
      variables: [fact],
      rules: [
        {
          expression: `object.kind == "ExternalSecret" && ${isKnown} && variables.fact[0] == object.metadata.namespace`,
          message: `catalog ${catalog.name} makes no object of this kind and name in this namespace; declare the workload that needs it`,
        },
        {
          expression: ours(
            `object.spec.secretStoreRef == {"kind": "${delivery.storeKind}", "name": variables.fact[1]}`,
          ),
          message: 'the ExternalSecret uses a store of another workload; use its own',
        },
        {
          expression: ours(
            '!has(object.spec.data) && object.spec.dataFrom.all(source, has(source.extract) && ' +
              '!has(source.sourceRef) && source.extract.key in variables.fact[3].split(","))',
          ),
          message:
            'the ExternalSecret reads something else than the paths of its workload; declare what the workload reads',
        },
        {
          expression: ours(
            'object.spec.target.name == variables.fact[2] && object.spec.target.creationPolicy == "Owner" && ' +
              'object.spec.target.template.type == "Opaque" && !has(object.spec.target.template.templateFrom)',
          ),
          message:
            'the ExternalSecret does not make the Secret of its workload from its own template; apply the manifest of the catalog',
        },
      ],
    };
  }

  private add(guard: Guard): void {
    const name = `${this.environment.catalog.name}-${guard.name}`;
    const { namespace } = this.environment.delivery.operator;
    new kplus.k8s.KubeConfigMap(this, `${guard.name}-facts`, {
      metadata: { name, namespace },
      data: guard.facts,
    });
    new ApiObject(this, `${guard.name}-policy`, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        matchConstraints: {
          matchPolicy: 'Equivalent',
          namespaceSelector: {},
          objectSelector: {},
          resourceRules: [
            {
              apiGroups: ['external-secrets.io'],
              apiVersions: ['*'],
              operations: ['CREATE', 'UPDATE'],
              resources: guard.resources,
              scope: '*',
            },
          ],
        },
        matchConditions: [
          {
            name: 'not-in-an-emergency',
            expression: '!has(request.userInfo.groups) || !("system:masters" in request.userInfo.groups)',
          },
          {
            name: 'specification-changes',
            expression: 'request.operation == "CREATE" || object.spec != oldObject.spec',
          },
        ],
        variables: guard.variables,
        validations: guard.rules.map((rule) => ({ ...rule, reason: 'Forbidden' })),
      },
    });
    new ApiObject(this, `${guard.name}-binding`, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: {
        policyName: name,
        paramRef: { name, namespace, parameterNotFoundAction: 'Deny' },
        validationActions: ['Deny'],
        matchResources: {
          matchPolicy: 'Equivalent',
          objectSelector: {},
          // It does not count for cluster-wide objects.
          namespaceSelector: {
            matchExpressions: [
              {
                key: 'kubernetes.io/metadata.name',
                operator: 'In',
                values: [...new Set(this.workloads.map((workload) => workload.namespace))],
              },
            ],
          },
        },
      },
    });
  }
}
