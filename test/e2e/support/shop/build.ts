import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../../../lib/package-root';

/** A program of ours that pods can run: folders of this machine, and where pods see them. */
export interface PodProgram {
  /** Folder of the compiled program, which the caller removes. */
  readonly folder: string;
  readonly mounts: readonly { readonly hostPath: string; readonly mountPath: string }[];
  /** What runs, the arguments included. */
  readonly command: readonly string[];
}

/** Compiles a module with everything of ours that it imports; packages stay where they are. */
export async function buildPodProgram(module: string): Promise<PodProgram> {
  const root = packageRoot();
  const folder = mkdtempSync(join(tmpdir(), 'pod-program-'));
  const options = [
    '--rootDir',
    root,
    '--outDir',
    folder,
    '--target',
    'ES2022',
    '--module',
    'Node16',
    '--esModuleInterop',
  ];
  // It was checked with the rest of the tests.
  const unchecked = ['--noCheck', '--skipLibCheck', '--types', 'node'];
  await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), [...options, ...unchecked, module], { cwd: root });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'commonjs' }));
  // Where the packages are seen; and whoever the pod runs as must get in.
  mkdirSync(join(folder, 'node_modules'));
  chmodSync(folder, 0o755);
  return {
    folder,
    mounts: [
      { hostPath: folder, mountPath: '/program' },
      { hostPath: realpathSync(join(root, 'node_modules')), mountPath: '/program/node_modules' },
    ],
    command: ['/usr/local/bin/node', join('/program', relative(root, module).replace(/\.ts$/, '.js'))],
  };
}
