import { placeEnvironment } from '../../lib/cli/stack-config';
import { makeCertificate } from '../support/certificate';
import { shopEnvironment } from '../support/environment';
import { LocalProject } from '../support/local-project';

const environment = shopEnvironment();

describe('placeEnvironment', () => {
  let folder: LocalProject;

  afterEach(() => {
    folder.dispose();
  });

  function projectWith(files: Readonly<Record<string, string>>) {
    folder = LocalProject.with(files);
    return { root: folder.root, environmentsModule: 'environments/index', programModule: 'stacks/index' };
  }

  const config = (lines: string): string => `config:\n${lines}  other:key: value\n`;
  const moved =
    '  nivesh-secrets:vaultAddress: https://elsewhere:8200\n  nivesh-secrets:context: admin\n  nivesh-secrets:operators:\n    - sealed-secrets\n';

  it('takes the settings from the folder that Pulumi.yaml names', () => {
    const project = projectWith({
      'Pulumi.yaml': 'name: shop\nstackConfigDir: stacks-of-ours\n',
      'stacks-of-ours/Pulumi.test.yaml': config(moved),
    });
    const placed = placeEnvironment(project, environment);
    expect(placed.environment.delivery.vault.address).toBe('https://elsewhere:8200');
    expect(placed.context).toBe('admin');
  });

  it('leaves the environment as it is where there is no configuration', () => {
    expect(placeEnvironment(projectWith({}), environment)).toEqual({ environment });
  });

  it('takes another file, with certificates named from its folder', async () => {
    const { cert } = await makeCertificate();
    const project = projectWith({
      'elsewhere/Pulumi.any.yaml': config('  nivesh-secrets:vaultCaCertFile: ca.pem\n'),
      'elsewhere/ca.pem': cert,
    });
    const { delivery } = placeEnvironment(
      project,
      environment,
      `${project.root}/elsewhere/Pulumi.any.yaml`,
    ).environment;
    expect(delivery.vault.ca).toEqual({ type: 'certificate', pem: `${cert.trim()}\n` });
  });

  it('fails on a file that is not there, and on settings that do not exist', () => {
    const project = projectWith({ 'Pulumi.test.yaml': config('  nivesh-secrets:vaultAdress: x\n') });
    expect(() => placeEnvironment(project, environment, `${project.root}/none.yaml`)).toThrow(
      /none.yaml cannot be read/,
    );
    expect(() => placeEnvironment(project, environment)).toThrow(/no such setting, got "vaultAdress"/);
  });
});
