/** The Pulumi program: `pulumi up --stack staging`. */
import { environments } from '../environments';
import { environmentProgram } from '../lib/stack';
import { niveshObjects } from './workloads';

export = environmentProgram(environments, niveshObjects);
