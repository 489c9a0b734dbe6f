import { ApiObject, type Chart } from 'cdk8s';
import { formatProblem } from '../catalog';
import { checkObjects, type Manifest, type ObjectRuleOptions } from './object-rules';

/**
 * Makes synthesis of a chart fail, with every problem at once, if its objects break a rule of {@link checkObjects}.
 */
export function enforceObjectRules(chart: Chart, options: ObjectRuleOptions = {}): void {
  chart.node.addValidation({
    validate: () => {
      const objects = chart.node
        .findAll()
        .filter((construct) => construct instanceof ApiObject)
        .map((object) => ({ path: object.node.path, manifest: object.toJson() as Manifest }));
      return checkObjects(objects, options).map(formatProblem);
    },
  });
}
