import { accessSync, constants, statSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { environmentError } from '../cli/errors';

/** Where everything of one platform lies: one folder, readable by its owner only. */
export class Layout {
  /** Absolute. */
  readonly root: string;

  constructor(directory: string) {
    this.root = resolve(directory);
  }

  /**
   * Makes the folder, which git ignores: keys and Vault's root token lie in it.
   * @throws CliError where that cannot be
   */
  async make(): Promise<void> {
    this.exists();
    try {
      await makePrivateFolder(this.root);
      if ((await readdir(this.root)).length === 0) {
        await writeFile(join(this.root, '.gitignore'), '*\n');
      }
    } catch (error) {
      throw environmentError(
        `the platform's folder cannot be made: ${(error as Error).message}`,
        'choose another one with --directory',
      );
    }
  }

  /**
   * Whether the folder is there.
   * @throws CliError where it is of no use: it is a file, or belongs to another user
   */
  exists(): boolean {
    const otherFolder = 'choose another folder with --directory';
    let stats;
    try {
      stats = statSync(this.root, { throwIfNoEntry: false });
    } catch (error) {
      throw environmentError(`the platform's folder cannot be used: ${(error as Error).message}`, otherFolder);
    }
    if (!stats) {
      return false;
    }
    if (!stats.isDirectory()) {
      throw environmentError(`${this.root} is a file, and the platform needs a folder`, otherFolder);
    }
    try {
      accessSync(this.root, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch {
      throw environmentError(
        `the platform in ${this.root} belongs to another user (${stats.uid})`,
        `run this as that user, or ${otherFolder}`,
      );
    }
    return true;
  }

  get stateFile(): string {
    return join(this.root, 'state.json');
  }

  get lockFile(): string {
    return join(this.root, 'lock');
  }

  /** Kubeconfig of the administrator. */
  get kubeconfig(): string {
    return join(this.root, 'kubeconfig');
  }

  /** A file of a component: data, configuration, keys. */
  file(component: string, ...names: readonly string[]): string {
    return join(this.root, component, ...names);
  }

  /** A certificate or key. */
  pki(name: string): string {
    return join(this.root, 'pki', name);
  }

  /** Standard output and error of a component since its last start. */
  log(component: string): string {
    return join(this.root, 'logs', `${component}.log`);
  }

  /** What the API server recorded about secrets, tokens and access: names, never values. */
  get kubernetesAuditLog(): string {
    return join(this.root, 'logs', 'kubernetes-audit.log');
  }

  /** Folder for Vault's audit devices, which the Pulumi program enables. */
  get vaultAuditFolder(): string {
    return join(this.root, 'vault-audit');
  }
}

/** Creates folders that only their owner can enter. */
export async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

/** Writes a file that only its owner can read, with its folders. */
export async function writePrivateFile(file: string, content: string): Promise<void> {
  await makePrivateFolder(dirname(file));
  await writeFile(file, content, { mode: 0o600 });
}
