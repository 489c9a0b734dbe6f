import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { type Environment, type ExternalSecretsDelivery, workloadNames, type WorkloadNames } from '../catalog';
import { celComputed, celLiteral } from './cel';
import { storeSpec } from './store-spec';

/** See {@link VaultGuardrails}. */
export interface VaultGuardrailsProps {
  readonly environment: Environment<ExternalSecretsDelivery>;
  /** ClusterSecretStores of others in the same cluster, which may be as they are. @default - none */
  readonly otherStores?: readonly string[];
}

interface Guard {
  /** Suffix of the names of the policy and its binding. */
  readonly name: string;
  readonly resources: readonly string[];
  readonly variables: readonly Expression[];
  readonly rules: readonly { readonly expression: string; readonly message: string }[];
}

interface Expression {
  readonly name: string;
  readonly expression: string;
}

/**
 * Admission policies (https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/) from the
 * same facts as everything else. Without them, whoever may make a store in the cluster could let the operator log in as
 * one of our workloads, send its token elsewhere, or copy its values into another namespace.
 * - A store is what the catalog would make for some workload. Other ClusterSecretStores are refused, unless named.
 * - In the catalog's namespaces an ExternalSecret takes whole paths from its own workload's store into its own
 *   workload's Secret, and there is no PushSecret. Which paths that store can read is decided by Vault's policy.
 *
 * The rules know how names follow from each other and no list of workloads: the API server takes up to a second to
 * notice a changed policy, and a new workload would be refused until then.
 *
 * Members of `system:masters`, who could as well delete the policies, are not held up: the way out in an emergency. Nor
 * is an update that leaves the specification as it is, such as the operator's own.
 */
export class VaultGuardrails extends Construct {
  private readonly environment: Environment<ExternalSecretsDelivery>;

  constructor(scope: Construct, id: string, props: VaultGuardrailsProps) {
    super(scope, id);
    this.environment = props.environment;
    this.add(this.guardOfStores(props.otherStores ?? []));
    this.add(this.guardOfExternalSecrets());
  }

  private guardOfStores(otherStores: readonly string[]): Guard {
    const { catalog, delivery } = this.environment;
    const account = 'object.spec.provider.?vault.?auth.?kubernetes.?serviceAccountRef';
    const isClusterWide = delivery.storeKind === 'ClusterSecretStore';
    const { store, vaultRole } = this.namesOfWorkload();
    const spec = storeSpec(delivery, {
      namespace: celComputed('variables.home'),
      serviceAccountName: celComputed('variables.workload'),
      vaultRole,
    });
    const isOther = `(object.kind == "ClusterSecretStore" && object.metadata.name in ${celLiteral(otherStores)})`;
    const isAsMade = `object.kind == "${delivery.storeKind}" && object.metadata.name == ${celLiteral(store)} && object.spec == ${celLiteral(spec)}`;
    return {
      name: 'stores',
      resources: ['clustersecretstores', 'secretstores'],
      variables: [
        { name: 'workload', expression: `${account}.?name.orValue("")` },
        {
          name: 'home',
          expression: isClusterWide ? `${account}.?namespace.orValue("")` : 'object.metadata.namespace',
        },
        this.shortName(),
      ],
      rules: [
        {
          expression: otherStores.length === 0 ? isAsMade : `${isOther} || (${isAsMade})`,
          message: `the store is none that catalog ${catalog.name} makes: kind ${delivery.storeKind}, server ${delivery.vault.address}, mount ${delivery.vault.mount}, name, role and service account of one workload, for its namespace alone; apply the manifests of the catalog, or name the store as one of others`,
        },
      ],
    };
  }

  private guardOfExternalSecrets(): Guard {
    const { catalog, delivery } = this.environment;
    const { externalSecret, secret, store } = this.namesOfWorkload();
    const suffix = workloadNames(catalog.name, '').externalSecret;
    return {
      name: 'external-secrets',
      resources: ['externalsecrets', 'pushsecrets'],
      variables: [
        {
          name: 'workload',
          expression: `object.metadata.name.endsWith("${suffix}") ? object.metadata.name.substring(0, size(object.metadata.name) - ${suffix.length}) : ""`,
        },
        this.shortName(),
        {
          name: 'isOurs',
          expression: `object.kind == "ExternalSecret" && object.metadata.name == ${celLiteral(externalSecret)}`,
        },
      ],
      rules: [
        {
          expression: 'variables.isOurs',
          message: `catalog ${catalog.name} makes no object of this kind and name; declare the workload that needs it, and apply the manifests of the catalog`,
        },
        {
          expression: `!variables.isOurs || object.spec.secretStoreRef == ${celLiteral({ kind: delivery.storeKind, name: store })}`,
          message: 'the ExternalSecret uses a store of another workload; use its own',
        },
        {
          expression:
            '!variables.isOurs || (!has(object.spec.data) && ' +
            'object.spec.dataFrom.all(source, has(source.extract) && !has(source.sourceRef)))',
          message:
            'the ExternalSecret takes something else than whole paths from its store; declare what the workload reads, and apply the manifests of the catalog',
        },
        {
          expression:
            `!variables.isOurs || (object.spec.target.name == ${celLiteral(secret)} && ` +
            'object.spec.target.creationPolicy == "Owner" && ' +
            'object.spec.target.template.type == "Opaque" && !has(object.spec.target.template.templateFrom))',
          message:
            'the ExternalSecret does not make the Secret of its workload from its own template; apply the manifests of the catalog',
        },
      ],
    };
  }

  /** Names that follow from the workload, as texts that the variables `workload` and `shortName` complete. */
  private namesOfWorkload(): WorkloadNames {
    const { name } = this.environment.catalog;
    const { store, vaultRole, vaultPolicy } = workloadNames(name, `${name}-${celComputed('variables.shortName')}`);
    return { ...workloadNames(name, celComputed('variables.workload')), store, vaultRole, vaultPolicy };
  }

  private shortName(): Expression {
    const prefix = `${this.environment.catalog.name}-`;
    return {
      name: 'shortName',
      expression: `variables.workload.startsWith("${prefix}") ? variables.workload.substring(${prefix.length}) : variables.workload`,
    };
  }

  private add(guard: Guard): void {
    const { catalog } = this.environment;
    const name = `${catalog.name}-${guard.name}`;
    const apiVersion = 'admissionregistration.k8s.io/v1';
    new ApiObject(this, `${guard.name}-policy`, {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          ...everything,
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
    const namespaces = new Set(Object.values(catalog.workloads).map(({ namespace }) => namespace));
    new ApiObject(this, `${guard.name}-binding`, {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: {
        policyName: name,
        validationActions: ['Deny'],
        matchResources: {
          ...everything,
          // It does not count for cluster-wide objects.
          namespaceSelector: {
            matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: [...namespaces] }],
          },
        },
      },
    });
  }
}

/** What the API server fills in. */
const everything = { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} };
