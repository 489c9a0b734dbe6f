/** One re-encryption in a process of its own. */
import { Keyring } from '../../../lib/encryption';
import { reencryptTable } from './reencrypt-table';

const [name = '', rows] = process.argv.slice(2);
void reencryptTable(process.env.BENCH_URL ?? '', name, Keyring.fromEnvironment(), Number(rows));
