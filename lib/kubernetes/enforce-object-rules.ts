import { ApiObject, App, type Chart } from 'cdk8s';
import { formatProblem } from '../catalog';
import { ManifestApp } from './manifest-app';
import { checkObjects, type Manifest, type ObjectRuleOptions, readsContent } from './object-rules';

/** Secrets made elsewhere, of the charts that are watched already. */
const watched = new WeakMap<Chart, Set<string>>();

/**
 * Makes synthesis of a chart fail, with every problem at once, if its objects break a rule of {@link checkObjects}.
 * Several calls for one chart add up.
 */
export function enforceObjectRules(chart: Chart, options: ObjectRuleOptions = {}): void {
  const elsewhere = watched.get(chart) ?? watch(chart);
  for (const secret of options.secretsMadeElsewhere ?? []) {
    elsewhere.add(secret);
  }
}

function watch(chart: Chart): Set<string> {
  const elsewhere = new Set<string>();
  watched.set(chart, elsewhere);
  chart.node.addValidation({
    validate: () => {
      const app = App.of(chart);
      const objects = chart.node
        .findAll()
        .filter((construct) => construct instanceof ApiObject)
        .map((object) => ({ path: object.node.path, manifest: manifestOf(object, app) }));
      return checkObjects(objects, { secretsMadeElsewhere: [...elsewhere] }).map(formatProblem);
    },
  });
  return elsewhere;
}

/** Writing an object out takes most of the time of synthesis, so it is done only where there is something to read. */
function manifestOf(object: ApiObject, app: App): Manifest {
  const { apiVersion, kind, name } = object;
  const { namespace } = object.metadata;
  if (!readsContent(kind)) {
    return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
  }
  return app instanceof ManifestApp ? app.manifestOf(object) : (object.toJson() as Manifest);
}
