import { readManifests } from '../../../lib/check/repository/manifests';
import type { LocatedObject } from '../../../lib/check/repository/model';
import type { ObjectRule } from '../../../lib/check/repository/rule';

/** The objects of a YAML text, as if it were in `app.yaml`. */
export function objectsOf(text: string, path = 'app.yaml'): readonly LocatedObject[] {
  const { objects, unreadable } = readManifests(path, text);
  if (unreadable.length > 0) {
    throw new Error(JSON.stringify(unreadable));
  }
  return objects;
}

/** What a rule finds in a YAML text, as `line: message / fix`. */
export function found(rule: ObjectRule, text: string): string[] {
  return rule
    .checkObjects(objectsOf(text))
    .map(({ location, message, fix }) => `${location.line ?? 0}: ${message} / ${fix}`);
}
