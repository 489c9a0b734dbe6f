import type { Environment } from './environment';
import { type Problem, quoted } from './problems';
import { catalogReferences } from './references';
import { rotatesByItself } from './rotation-schedule';

/** One field of Cron: a star or numbers, ranges and steps, joined by commas (https://en.wikipedia.org/wiki/Cron). */
const cronField =
  /^(\*|\d+(-\d+)?|[A-Za-z]{3}(-[A-Za-z]{3})?)(\/\d+)?(,(\d+(-\d+)?|[A-Za-z]{3}(-[A-Za-z]{3})?)(\/\d+)?)*$/;

/** What is wrong with the settings of rotation on schedule. */
export function checkRotationSchedule(path: string, environment: Environment): Problem[] {
  const { rotation, delivery } = environment;
  if (!rotation) {
    return [];
  }
  if (delivery.type !== 'externalSecrets') {
    return [
      {
        path,
        what: 'only values that come from Vault can be rotated on schedule',
        got: quoted(delivery.type),
        allowed: 'externalSecrets(...)',
        fix: 'leave rotation out',
      },
    ];
  }
  return [
    ...checkSchedule(`${path}.schedule`, rotation.schedule),
    ...checkImage(`${path}.image`, rotation.image),
    ...checkOwnValues(`${path}.env`, environment, rotation.workload),
  ];
}

function checkSchedule(path: string, schedule: string): Problem[] {
  const fields = schedule.split(' ');
  return fields.length === 5 && fields.every((field) => cronField.test(field))
    ? []
    : [
        {
          path,
          what: 'not a schedule of a CronJob',
          got: quoted(schedule),
          allowed: 'the five fields of Cron, such as "17 * * * *"',
          fix: 'write minute, hour, day, month and weekday with one space between them',
        },
      ];
}

function checkImage(path: string, image: string): Problem[] {
  return /^[^\s]+[:@][^\s/]+$/.test(image)
    ? []
    : [
        {
          path,
          what: 'not an image with its version',
          got: quoted(image),
          allowed: 'name:tag or name@digest',
          fix: 'name the version that was tested',
        },
      ];
}

/** It would wait for itself: Jobs that began with an old value must end before a rotation goes on. */
function checkOwnValues(path: string, { catalog }: Environment, workload: string): Problem[] {
  return catalogReferences(catalog)
    .filter((reference) => reference.workload === workload && rotatesByItself(reference.reference))
    .map(({ variable, reference }) => ({
      path: `${path}.${variable}`,
      what: 'the rotator reads a value that it would replace while it runs',
      got: reference.id,
      allowed: 'credentials that a person replaces: rotation manual(...)',
      fix: 'give it an account of its own, with manual(...)',
    }));
}
