import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, App, Chart, YamlOutputType } from 'cdk8s';
import { manifestYaml } from './manifest-yaml';
import type { Manifest } from './object-rules';

/**
 * A cdk8s app with one folder a chart and one file an object. Where two namespaces have objects of one kind and name,
 * their files carry the namespace too; cdk8s itself would write both to the same file, and the last one would stay.
 *
 * Files have no order, so that it needs none of the graphs in which cdk8s orders objects; and it validates each construct
 * once, where `Chart.toJson` validates the whole app for each chart.
 */
export class ManifestApp extends App {
  /** What was written out already; there while it synthesizes, because objects may change before and after. */
  #manifests: Map<ApiObject, Manifest> | undefined;

  constructor() {
    super({ yamlOutputType: YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE });
  }

  override synth(): void {
    const files = [...this.#objectsByChart()].map(([chart, objects]) => [chart.node.path, fileNames(objects)] as const);
    for (const [path, objects] of files) {
      const folder = join(this.outdir, path);
      mkdirSync(folder, { recursive: true });
      for (const [name, object] of objects) {
        writeFileSync(join(folder, `${name}${this.outputFileExtension}`), manifestYaml(object));
      }
    }
  }

  /** Everything is checked before the first file is written. */
  #objectsByChart(): Map<Chart, Manifest[]> {
    this.#manifests = new Map();
    try {
      const constructs = this.node.findAll();
      const errors = constructs.flatMap(({ node }) => node.validate().map((error) => `[${node.path}] ${error}`));
      if (errors.length > 0) {
        throw new Error(`Validation failed with the following errors:\n  ${errors.join('\n  ')}`);
      }
      const charts = new Map<Chart, Manifest[]>();
      for (const construct of constructs) {
        if (Chart.isChart(construct)) {
          charts.set(construct, []);
        } else if (ApiObject.isApiObject(construct)) {
          charts.get(construct.chart)?.push(this.manifestOf(construct));
        }
      }
      return charts;
    } finally {
      this.#manifests = undefined;
    }
  }

  /** An object as data. One synthesis writes it out once, for the rules that read it and for its file. */
  manifestOf(object: ApiObject): Manifest {
    const manifest = this.#manifests?.get(object) ?? (object.toJson() as Manifest);
    this.#manifests?.set(object, manifest);
    return manifest;
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
