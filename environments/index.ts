import type { Environment } from '../lib/catalog';
import { ci } from './ci';
import { local } from './local';
import { production } from './production';
import { staging } from './staging';

/** Every environment of Nivesh, in the order of promotion. */
export const environments: readonly Environment[] = [local, ci, staging, production];
