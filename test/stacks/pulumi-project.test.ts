import { environments } from '../../environments';
import { environmentProgram } from '../../lib/stack';
import { niveshObjects } from '../../stacks/workloads';
import { runProject } from '../support/fake-engine';
import { recordProgram } from '../support/pulumi-recorder';
import { makeStackPlace, type StackPlace } from '../support/stack-place';

let place: StackPlace;

beforeAll(async () => {
  place = await makeStackPlace();
});

afterAll(async () => {
  await place.remove();
});

describe('Pulumi.yaml', () => {
  it('lets the command line load the program from its TypeScript, and run it as the Automation API does', async () => {
    const config = place.config('staging');
    const { exitCode, resources, messages } = await runProject({
      stack: 'staging',
      config,
      variables: place.variables,
    });
    expect({ exitCode, messages }).toEqual({ exitCode: 0, messages: [] });
    const inline = await recordProgram(() => environmentProgram(environments, niveshObjects)(place.variables), {
      stack: 'staging',
      config,
    });
    const named = (list: readonly string[]): string[] =>
      list.filter((line) => !line.startsWith('pulumi:pulumi:')).sort();
    expect(named(resources)).toEqual(named(inline.resources.map(({ type, name }) => `${type} ${name}`)));
  }, 60_000);

  it('fails in one line for a stack that is no environment', async () => {
    const { exitCode, resources, messages } = await runProject({ stack: 'prod', config: {}, variables: {} });
    expect(exitCode).not.toBe(0);
    expect(messages).toEqual([
      'no environment has the name of the stack, got "prod", allowed: staging, production; choose one of them with --stack',
    ]);
    expect(resources).toEqual(['pulumi:pulumi:Stack nivesh-secrets-prod']);
  }, 60_000);
});
