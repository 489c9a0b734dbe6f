import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { counted } from '../counted';
import { draftCatalog } from '../check/repository/import/draft';
import { findServices } from '../check/repository/import/found-services';
import { loadRepository } from '../check/repository/load';
import { listTree } from '../check/repository/tree';
import { reasonOf } from '../error-reason';
import { usageError } from './errors';
import { print } from './output';

/**
 * Prints the draft of a catalog, or writes it to a file that does not exist yet.
 * @throws CliError if there is nothing to draft from, or if the file exists
 */
export async function importCatalog(path: string, output: string | undefined): Promise<void> {
  const tree = await listTree(path);
  const repository = await loadRepository(tree);
  const { objects, services, composeProjects, unreadable, notes } = repository;
  const draft = draftCatalog(objects, findServices(repository, tree.root));
  if (draft === undefined) {
    throw usageError(
      `nothing to import in ${path}: ${objects.length} Kubernetes objects, and no Deployment, StatefulSet or CronJob among them whose containers take a Secret with envFrom or secretKeyRef, or have a variable that is named like a secret; ${services.length} Compose services, and none with such a variable`,
      'name the folder with the manifests, charts, kustomizations or Compose files, or write the catalog by hand (docs/catalog.md)',
    );
  }
  const refused = composeProjects.flatMap(({ findings }) =>
    findings.map(({ file, message }) => ({ file, reason: message })),
  );
  for (const { file, reason } of [...unreadable, ...refused, ...notes]) {
    process.stderr.write(`note: ${file}: ${reason}\n`);
  }
  if (output === undefined) {
    process.stdout.write(draft.text);
    return;
  }
  await writeNew(output, draft.text);
  const counts = `${counted(draft.workloads, 'workload')}, ${counted(draft.secrets, 'secret')}`;
  print(`wrote ${output}: ${counts}; read its comments before you use it`);
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST'
      ? usageError(`${file} exists already`, 'name another file with --output; nothing is replaced')
      : usageError(`${file} cannot be written: ${reasonOf(error)}`, 'name another file with --output');
  }
}
