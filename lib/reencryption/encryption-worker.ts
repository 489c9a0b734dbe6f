import { parentPort, workerData } from 'node:worker_threads';
import { FieldCipher } from '../encryption/field-cipher';
import { Keyring } from '../encryption/keyring';
import { type PlanRequest, planRows } from './planner';

/* A thread of WorkerPlanner: answers each request with a plan, in order. */
const cipher = new FieldCipher(Keyring.parse(workerData as string));

parentPort?.on('message', (request: PlanRequest) => {
  parentPort?.postMessage(planRows(request, cipher));
});
