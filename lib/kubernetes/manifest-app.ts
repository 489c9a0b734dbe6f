import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Yaml, YamlOutputType } from 'cdk8s';
import type { Manifest } from './object-rules';

/**
 * A cdk8s app with one folder a chart and one file an object. Where two namespaces have objects of one kind and name,
 * their files carry the namespace too; cdk8s itself would write both to the same file, and the last one would stay.
 */
export class ManifestApp extends App {
  constructor() {
    super({ yamlOutputType: YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE });
  }

  override synth(): void {
    // Every chart is checked before the first file is written.
    const charts = this.charts.map((chart) => [chart.node.path, fileNames(chart.toJson() as Manifest[])] as const);
    for (const [path, objects] of charts) {
      const folder = join(this.outdir, path);
      mkdirSync(folder, { recursive: true });
      for (const [name, object] of objects) {
        writeFileSync(join(folder, `${name}${this.outputFileExtension}`), Yaml.stringify(object));
      }
    }
  }
}

/** Name of the file, without its extension, to the object in it. */
export function fileNames(objects: readonly Manifest[]): Map<string, Manifest> {
  const uses = new Map<string, number>();
  for (const object of objects) {
    const name = shortName(object);
    uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  return new Map(
    objects.map((object) => {
      const { name, namespace } = object.metadata;
      const isAlone = uses.get(shortName(object)) === 1 || namespace === undefined;
      return [isAlone ? shortName(object) : fileName(object.kind, namespace, name), object];
    }),
  );
}

function shortName({ kind, metadata }: Manifest): string {
  return fileName(kind, metadata.name);
}

function fileName(...parts: string[]): string {
  // Some names, such as system:auth-delegator, have characters that file systems do not take.
  return parts.map(encodeURIComponent).join('.');
}
