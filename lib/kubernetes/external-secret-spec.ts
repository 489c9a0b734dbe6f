import {
  ExternalSecretSpecDataFromExtractConversionStrategy as ConversionStrategy,
  ExternalSecretSpecTargetCreationPolicy as CreationPolicy,
  ExternalSecretSpecDataFromExtractDecodingStrategy as DecodingStrategy,
  ExternalSecretSpecTargetDeletionPolicy as DeletionPolicy,
  ExternalSecretSpecTargetTemplateEngineVersion as EngineVersion,
  type ExternalSecretSpec,
  ExternalSecretSpecTargetTemplateMergePolicy as MergePolicy,
  ExternalSecretSpecDataFromExtractMetadataPolicy as MetadataPolicy,
  ExternalSecretSpecRefreshPolicy as RefreshPolicy,
  ExternalSecretSpecSecretStoreRefKind as StoreKind,
} from '../../imports/external-secrets.io';
import {
  type Environment,
  type ExternalSecretsDelivery,
  type FieldReference,
  goDuration,
  secretsOfWorkload,
} from '../catalog';
import type { DeclaredWorkload } from './declared-workload';
import { goTemplate } from './go-template';
import type { IVaultStore } from './vault-store';
import { keyRewrite, pathAliases, templateKey } from './template-keys';

/**
 * The ExternalSecret of one workload: one request a Vault path, and a template with the declared variables only, so
 * that a field missing in Vault is an error of the operator and not an empty variable.
 *
 * Every default of the definition is written out in the form in which the API server stores it: a second apply, and
 * Argo CD, then see no difference, whether the operator's release has the default (up to 2.8) or not (2.9).
 */
export function externalSecretSpec(
  environment: Environment<ExternalSecretsDelivery>,
  workload: DeclaredWorkload,
  store: IVaultStore,
): ExternalSecretSpec {
  const { delivery, catalog, hosts } = environment;
  const aliases = pathAliases(secretsOfWorkload(catalog, workload.name).map(({ path }) => path));
  return {
    secretStoreRef: {
      kind: store.kind === 'SecretStore' ? StoreKind.SECRET_STORE : StoreKind.CLUSTER_SECRET_STORE,
      name: store.name,
    },
    refreshPolicy: RefreshPolicy.PERIODIC,
    refreshInterval: goDuration(delivery.refreshInterval),
    dataFrom: [...aliases].map(([path, alias]) => ({
      extract: {
        key: path,
        conversionStrategy: ConversionStrategy.DEFAULT,
        decodingStrategy: DecodingStrategy.NONE,
        metadataPolicy: MetadataPolicy.NONE,
      },
      rewrite: [{ regexp: keyRewrite(alias) }],
    })),
    target: {
      name: workload.names.secret,
      creationPolicy: CreationPolicy.OWNER,
      deletionPolicy: DeletionPolicy.RETAIN,
      template: {
        type: 'Opaque',
        engineVersion: EngineVersion.V2,
        mergePolicy: MergePolicy.REPLACE,
        data: templateData(workload, aliases, hosts),
      },
    },
  };
}

function templateData(
  workload: DeclaredWorkload,
  aliases: ReadonlyMap<string, string>,
  hosts: Environment['hosts'],
): Record<string, string> {
  const keyOf = ({ secret, fieldName }: FieldReference): string => {
    const alias = aliases.get(secret.path);
    if (alias === undefined) {
      throw new Error(`the path ${secret.path} of workload ${workload.name} is not among those that are fetched`);
    }
    return templateKey(alias, fieldName);
  };
  return Object.fromEntries(
    Object.entries(workload.env).map(([variable, value]) => [variable, goTemplate(value, hosts, keyOf)]),
  );
}
