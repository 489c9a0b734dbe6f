import { environments } from '../../environments';
import { type Environment, rotationRole, usesExternalSecrets } from '../../lib/catalog';
import { overrideEnvironment } from '../../lib/catalog/environment-overrides';
import { externalSecretsValues } from '../../lib/operators/external-secrets-values';
import { manifestId } from '../../lib/operators/manifest-needs';
import { sealedSecretsValues } from '../../lib/operators/sealed-secrets-values';
import { mountDescription } from '../../lib/vault/secrets-mount';
import { accessOfEnvironment, accessOfWorkload } from '../../lib/vault/workload-access';
import type { VaultEnvironment } from '../../lib/kubernetes';
import { niveshObjects } from '../../stacks/workloads';
import { environmentProgram, type StackOutputs } from '../../lib/stack';
import { type RecordedResource, recordProgram, type Recording } from '../support/pulumi-recorder';
import { makeStackPlace, type StackPlace } from '../support/stack-place';

const program = environmentProgram(environments, niveshObjects);
const deployed = environments.filter(usesExternalSecrets);

let place: StackPlace;

beforeAll(async () => {
  place = await makeStackPlace();
});

afterAll(async () => {
  await place.remove();
});

interface DeployOptions {
  readonly config?: Readonly<Record<string, string>>;
  readonly at?: StackPlace;
  readonly variables?: NodeJS.ProcessEnv;
}

async function deploy(stack: string, { config = {}, at = place, variables = at.variables }: DeployOptions = {}) {
  return await recordProgram(() => program(variables), { stack, config: at.config(stack, config) });
}

/** The environment as its stack configuration places it. */
function placed(environment: VaultEnvironment): VaultEnvironment {
  return overrideEnvironment(environment, {
    vaultAddress: place.vault.connection.address,
    vaultCa: { type: 'certificate', pem: place.certificate },
    kubernetesCaCert: place.certificate,
  });
}

/** `type chain::name <- names of dependencies`: names and needs are contract. */
function contract(resources: readonly RecordedResource[]): string[] {
  const nameOf = (urn: string): string => urn.split('::').slice(3).join('::');
  return resources
    .filter(({ type }) => type !== 'pulumi:pulumi:Stack')
    .map(({ urn, dependencies }) => {
      const own = urn.split('::').slice(2).join('::');
      return dependencies.length === 0 ? own : `${own} <- ${dependencies.map(nameOf).sort().join(', ')}`;
    })
    .sort();
}

describe.each(deployed.map((environment) => [environment.name, environment] as const))('stack %s', (name, declared) => {
  let recording: Recording<StackOutputs>;
  let environment: VaultEnvironment;

  beforeAll(async () => {
    recording = await deploy(name);
    environment = placed(declared);
  });

  it('registers these resources, with these needs', () => {
    expect(contract(recording.resources)).toMatchSnapshot();
  });

  it('applies the very objects that were reviewed, and nothing else', () => {
    const objects = niveshObjects(environment);
    const applied = recording.resources.filter(
      ({ type }) => type.startsWith('kubernetes:') && !type.startsWith('kubernetes:helm.sh/'),
    );
    expect(applied).toHaveLength(objects.length);
    for (const object of objects) {
      const resource = applied.find((candidate) => candidate.name === manifestId(object));
      expect(resource?.inputs).toEqual(object);
      expect(resource?.provider).toBe('kubernetes');
    }
  });

  it('gives Vault the derived access of each workload', () => {
    for (const { workload, policy, role } of accessOfEnvironment(environment)) {
      const label = role.name === rotationRole(environment.catalog.name) ? 'rotation' : workload;
      expect(recording.find('vault:index/policy:Policy', `vault-${label}-policy`).inputs).toEqual({
        name: policy.name,
        policy: policy.text,
      });
      const { name: roleName, ...rest } = role;
      expect(recording.find('vault:kubernetes/authBackendRole:AuthBackendRole', `vault-${label}-role`).inputs).toEqual({
        backend: 'kubernetes',
        roleName,
        ...rest,
      });
    }
  });

  it('configures the engine, the auth method and the audit devices as declared', () => {
    const inputsOf = (type: string) =>
      recording.resources.filter((resource) => resource.type === type).map(({ inputs }) => inputs);
    expect(inputsOf('vault:index/mount:Mount')).toEqual([
      {
        path: 'secret',
        type: 'kv',
        options: { version: '2' },
        description: mountDescription('nivesh'),
      },
    ]);
    expect(inputsOf('vault:kv/secretBackendV2:SecretBackendV2')).toEqual([
      { mount: 'secret', maxVersions: 20, casRequired: true },
    ]);
    expect(inputsOf('vault:index/authBackend:AuthBackend')).toEqual([{ type: 'kubernetes', path: 'kubernetes' }]);
    expect(inputsOf('vault:kubernetes/authBackendConfig:AuthBackendConfig')).toEqual([
      {
        backend: 'kubernetes',
        kubernetesHost: 'https://kubernetes.default.svc',
        kubernetesCaCert: place.certificate,
        disableLocalCaJwt: true,
        disableIssValidation: true,
      },
    ]);
    expect(inputsOf('vault:index/audit:Audit')).toEqual([
      { type: 'file', path: 'file', options: { file_path: '/vault/audit/audit.log' } },
      { type: 'file', path: 'stdout', options: { file_path: 'stdout' } },
    ]);
  });

  it('installs both operators with their values', () => {
    const valuesOf = (release: string) => recording.find('kubernetes:helm.sh/v3:Release', release).inputs.values;
    expect(valuesOf('external-secrets-release')).toEqual(externalSecretsValues(environment.delivery));
    expect(valuesOf('sealed-secrets-release')).toEqual(sealedSecretsValues());
  });

  it('reaches Vault and the cluster through explicit providers, without any credential', () => {
    expect(recording.find('pulumi:providers:vault', 'vault').inputs).toEqual({
      address: place.vault.connection.address,
      caCertFile: place.certificateFile,
      skipChildToken: 'true',
      skipTlsVerify: 'false',
      maxLeaseTtlSeconds: '1200',
      maxRetries: '2',
    });
    expect(recording.find('pulumi:providers:kubernetes', 'kubernetes').inputs).toEqual({
      kubeconfig: place.kubeconfig,
      enableServerSideApply: 'true',
      enableConfigMapMutable: 'true',
      enableSecretMutable: 'true',
      enablePatchForce: 'true',
    });
    const providers = recording.resources
      .filter(({ type }) => /^(vault|kubernetes):/.test(type))
      .map(({ type, provider }) => [type.split(':')[0], provider].join(' '));
    expect([...new Set(providers)].sort()).toEqual(['kubernetes kubernetes', 'vault vault']);
  });

  it('is selected in Vault, and only there, by the target of the first run', () => {
    const selected = recording.resources.filter(({ urn }) => /^.*nivesh:vault:.*$/.test(urn)).map(({ type }) => type);
    const inVault = recording.resources
      .filter(({ type }) => /^(vault|nivesh:vault):/.test(type))
      .map(({ type }) => type);
    expect(selected).toEqual(inVault);
  });

  it('keeps stores waiting for their own role, and for nothing of another workload', () => {
    for (const workload of Object.keys(environment.catalog.workloads)) {
      const { role } = accessOfWorkload(environment, workload);
      const store = recording.resources.find(
        ({ type, inputs }) => type.endsWith(':ClusterSecretStore') && JSON.stringify(inputs).includes(`"${role.name}"`),
      );
      const roles = (store?.dependencies ?? []).filter((urn) => urn.includes('AuthBackendRole'));
      expect(roles).toEqual([
        recording.find('vault:kubernetes/authBackendRole:AuthBackendRole', `vault-${workload}-role`).urn,
      ]);
    }
  });

  it('says what it is, and nothing secret', () => {
    const { outputs } = recording;
    expect(outputs).toMatchObject({
      environment: name,
      vaultAddress: place.vault.connection.address,
      secretsMount: 'secret',
    });
    expect(outputs.workloads['nivesh-backend']).toEqual({
      vaultRole: 'nivesh-backend',
      secret: 'nivesh-backend-secret',
    });
    expect(Object.keys(outputs.workloads)).toEqual(Object.keys(environment.catalog.workloads));
  });

  it('registers the same in the same process again, and in a preview', async () => {
    const again = await deploy(name);
    expect(contract(again.resources)).toEqual(contract(recording.resources));
    const preview = await recordProgram(() => program(place.variables), {
      stack: name,
      config: place.config(name),
      preview: true,
    });
    expect(contract(preview.resources)).toEqual(contract(recording.resources));
  });
});

describe('environmentProgram', () => {
  it('leaves alone what the cluster has already', async () => {
    const config = {
      'nivesh-secrets:installedOperators': '["external-secrets","sealed-secrets"]',
      'nivesh-secrets:existingNamespaces': 'nivesh',
      'nivesh-secrets:manageAudit': 'false',
    };
    const { resources } = await deploy('staging', { config });
    expect(resources.filter(({ type }) => /Release|core\/v1:Namespace|audit/i.test(type))).toEqual([]);
  });

  it('takes over the mount that an earlier stack left', async () => {
    const left = { type: 'kv', options: { version: '2' }, description: mountDescription('nivesh') };
    const at = await makeStackPlace({ 'GET sys/mounts': () => ({ 'secret/': left }) });
    try {
      const { find } = await deploy('staging', { at });
      expect(find('vault:index/mount:Mount', 'vault-secrets-mount').importId).toBe('secret');
    } finally {
      await at.remove();
    }
  });

  it.each([
    [
      'prod',
      'no environment has the name of the stack, got "prod", allowed: staging, production; choose one of them with --stack',
    ],
    [
      'local',
      'environment "local" is not deployed, its values are delivered by dotenv, allowed: staging, production; choose one of them with --stack',
    ],
  ])('fails in one line for the stack %s', async (stack, message) => {
    const failure = recordProgram(() => program({}), { stack });
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toHaveProperty('__pulumiRunError', true);
    await expect(failure).rejects.toHaveProperty('stack', message);
  });

  it('fails with every problem of the configuration', async () => {
    const config = { 'nivesh-secrets:vaultAdress': 'https://v:8200', 'nivesh-secrets:reviewer': 'me' };
    await expect(deploy('staging', { config })).rejects.toThrow(/configuration of stack "staging" has 2 problems/);
  });

  it('fails in one line without a token', async () => {
    await expect(deploy('staging', { variables: { VAULT_TOKEN: ' ' } })).rejects.toThrow(
      'there is no Vault token, allowed: VAULT_TOKEN in the environment; set it, or run "vault login"',
    );
  });

  it('fails in one line where Vault does not answer', async () => {
    const config = { 'nivesh-secrets:vaultAddress': 'https://127.0.0.1:9' };
    await expect(deploy('staging', { config })).rejects.toThrow(
      /^vault at https:\/\/127\.0\.0\.1:9 cannot be reached: [^\n]+$/,
    );
  });

  it('fails in one line for a kubeconfig that is not there', async () => {
    const config = { 'nivesh-secrets:kubeconfig': '/nowhere/kubeconfig' };
    await expect(deploy('staging', { config })).rejects.toThrow(
      /^the kubeconfig \/nowhere\/kubeconfig cannot be read: [^\n]+$/,
    );
  });

  it('registers nothing when it fails', async () => {
    const config = { 'nivesh-secrets:reviewer': 'me' };
    let resources: readonly RecordedResource[] = [];
    await recordProgram(
      async () => {
        await program(place.variables).catch(() => undefined);
        return undefined;
      },
      { stack: 'staging', config: place.config('staging', config) },
    ).then((recording) => {
      ({ resources } = recording);
    });
    expect(resources.map(({ type }) => type)).toEqual(['pulumi:pulumi:Stack']);
  });

  it('needs no name of an environment but its own: any list of environments is a program', async () => {
    const renamed: Environment[] = environments.map((environment) =>
      environment.name === 'staging' ? { ...environment, name: 'preview' } : environment,
    );
    const { outputs } = await recordProgram(() => environmentProgram(renamed)(place.variables), {
      stack: 'preview',
      config: place.config('staging'),
    });
    expect(outputs.environment).toBe('preview');
  });
});
