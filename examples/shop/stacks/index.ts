import { environmentProgram } from 'nivesh-secrets/stack';
import { environments } from '../environments';
import { objectsOf } from './workloads';

export = environmentProgram(environments, objectsOf);
