import type { ObjectRule, RepositoryRule } from '../rule';
import { configMapNotMade } from './configmap-not-made';
import { secretNotMade } from './secret-not-made';
import { unreadableFile } from './unreadable-file';
import { variableNotGiven } from './variable-not-given';
import { variableNotRead } from './variable-not-read';

/** Rules that need Kubernetes objects only. */
export const objectRules: readonly ObjectRule[] = [secretNotMade, configMapNotMade];

/** Rules that need the whole repository. */
export const repositoryRules: readonly RepositoryRule[] = [unreadableFile, variableNotGiven, variableNotRead];
