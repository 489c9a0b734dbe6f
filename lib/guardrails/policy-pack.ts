import { PolicyPack } from '@pulumi/policy';
import { objectPolicies } from './policies';

/* What `pulumi preview --policy-pack` runs. */
new PolicyPack('nivesh-secrets', { policies: [...objectPolicies] });
