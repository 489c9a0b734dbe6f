import type { ObjectRule, RepositoryRule, RuleDescription } from '../rule';
import { suppressionExpired, suppressionIncomplete, suppressionUnused } from '../suppressions';
import { composeFileRefused } from './compose-file-refused';
import { configMapNotMade } from './configmap-not-made';
import { envFileInRepository } from './env-file-in-repository';
import { exampleVariableUnused } from './example-variable-unused';
import { externalSecretRefused } from './external-secret-refused';
import { externalSecretVersionNotServed } from './external-secret-version-not-served';
import { invalidVariableName } from './invalid-variable-name';
import { keyNotProvided } from './key-not-provided';
import { namespaceDiffers } from './namespace-differs';
import { namespaceMissing } from './namespace-missing';
import { plaintextSecret } from './plaintext-secret';
import { refreshIntervalZero } from './refresh-interval-zero';
import { requiredAndOptionalDisagree } from './required-and-optional-disagree';
import { roleReadsAllSecrets } from './role-reads-all-secrets';
import { sealedSecretMismatch } from './sealed-secret-mismatch';
import { secretInCompose } from './secret-in-compose';
import { secretInConfigMap } from './secret-in-configmap';
import { secretInExample } from './secret-in-example';
import { secretInVariable } from './secret-in-variable';
import { secretMountedBySubPath } from './secret-mounted-by-subpath';
import { secretNotMade } from './secret-not-made';
import { secretWithDefault } from './secret-with-default';
import { secretWithTwoOwners } from './secret-with-two-owners';
import { sharedIdentity } from './shared-identity';
import { storeNotFound } from './store-not-found';
import { storeWithoutAudience } from './store-without-audience';
import { storeWithoutConditions } from './store-without-conditions';
import { storeWithoutIdentity } from './store-without-identity';
import { storeWithoutTls } from './store-without-tls';
import { unreadableFile } from './unreadable-file';
import { variableDeliveredTwice } from './variable-delivered-twice';
import { variableNotGiven } from './variable-not-given';
import { variableNotInExample } from './variable-not-in-example';
import { variableNotRead } from './variable-not-read';

/** Rules that need Kubernetes objects only, in the order in which they are explained. */
export const objectRules: readonly ObjectRule[] = [
  secretNotMade,
  configMapNotMade,
  keyNotProvided,
  namespaceDiffers,
  namespaceMissing,
  secretWithTwoOwners,
  variableDeliveredTwice,
  invalidVariableName,
  externalSecretVersionNotServed,
  externalSecretRefused,
  refreshIntervalZero,
  storeNotFound,
  storeWithoutConditions,
  storeWithoutIdentity,
  storeWithoutAudience,
  storeWithoutTls,
  sealedSecretMismatch,
  sharedIdentity,
  roleReadsAllSecrets,
  secretMountedBySubPath,
  plaintextSecret,
  secretInConfigMap,
  secretInVariable,
];

/** Rules that need the whole repository, in the order in which they are explained. */
export const repositoryRules: readonly RepositoryRule[] = [
  secretInCompose,
  secretWithDefault,
  requiredAndOptionalDisagree,
  variableNotInExample,
  exampleVariableUnused,
  variableNotGiven,
  variableNotRead,
  envFileInRepository,
  secretInExample,
  composeFileRefused,
  unreadableFile,
];

/** Every rule, those about suppressions included. */
export const allRules: readonly RuleDescription[] = [
  ...objectRules,
  ...repositoryRules,
  suppressionExpired,
  suppressionIncomplete,
  suppressionUnused,
];
