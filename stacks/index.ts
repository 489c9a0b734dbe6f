/** The Pulumi program: `pulumi up --stack staging`. */
import { environments } from '../environments';
import { environmentProgram } from './environment-stack';

export = environmentProgram(environments);
