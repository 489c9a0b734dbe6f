import { App, Chart } from 'cdk8s';
import type { Manifest } from '../../lib/kubernetes';

/** A chart of its own app, which writes nothing. */
export function testChart(): Chart {
  return new Chart(new App(), 'test');
}

/** The objects of a chart; throws if it is not valid. */
export function synthesize(chart: Chart): Manifest[] {
  return chart.toJson() as Manifest[];
}

/** The only object of a kind and name. */
export function objectOf(objects: readonly Manifest[], kind: string, name: string): Manifest {
  const found = objects.filter((object) => object.kind === kind && object.metadata.name === name);
  const [object] = found;
  if (!object || found.length > 1) {
    const all = objects.map((other) => `${other.kind} ${other.metadata.name}`).join(', ');
    throw new Error(`${found.length} objects ${kind} ${name} among: ${all}`);
  }
  return object;
}

/** `Kind namespace/name` of each object. */
export function namesOf(objects: readonly Manifest[]): string[] {
  return objects.map(
    ({ kind, metadata: { name, namespace } }) => `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`,
  );
}
