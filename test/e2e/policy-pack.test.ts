import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import * as vault from '@pulumi/vault';
import { environments } from '../../environments';
import { type Platform, startPlatform } from '../../lib/embedded';
import { openPlatformStack, type PulumiProgram } from '../../lib/embedded/main-job';
import type { PulumiStack } from '../../lib/embedded/pulumi';
import { environmentProgram } from '../../lib/stack';
import { niveshObjects } from '../../stacks/workloads';
import { installPackage } from '../support/compiled-package';
import { codeBlocks } from '../support/documentation';
import { TestStacks } from './support/stacks';

jest.setTimeout(300_000);

/** `pulumi preview --policy-pack`, by the engine, with the pack of this package. */
describe('the policy pack', () => {
  const root = mkdtempSync(join(tmpdir(), 'policy-pack-'));
  let pack = '';
  let config = '';
  let platform: Platform;

  beforeAll(async () => {
    installPackage(root);
    const [command = '', withConfig = ''] = codeBlocks('guardrails.md', 'sh');
    pack = join(root, /^pulumi preview --policy-pack (\S+)$/m.exec(command)?.[1] ?? '');
    config = join(root, /--policy-pack-config (\S+)$/m.exec(withConfig)?.[1] ?? '');
    writeFileSync(config, codeBlocks('guardrails.md', 'json')[0] ?? '');
    platform = await startPlatform({ directory: join(root, 'platform'), workloads: 'none' });
  });

  afterAll(async () => {
    await platform.stop();
    rmSync(root, { recursive: true, force: true });
  });

  const staging = async (): Promise<Record<string, unknown>> => ({
    ...(await environmentProgram(environments, niveshObjects)()),
  });

  async function openStaging(program: PulumiProgram): Promise<PulumiStack> {
    return await openPlatformStack(platform, 'staging', program);
  }

  it("accepts Nivesh's staging", async () => {
    const stack = await openStaging(staging);
    let output = '';
    const { created } = await stack.preview({ policyPacks: [pack], onOutput: (text) => (output += text) });
    expect(created).toBeGreaterThan(50);
    expect(output).toContain('nivesh-secrets');
    expect(output).not.toMatch(/mandatory|advisory|can't run policy/);
  });

  it('fails where a transformation has given a workload the name of a Secret that nothing makes', async () => {
    const stack = await openStaging(async () => {
      pulumi.runtime.registerStackTransformation(({ type, props, opts }) => {
        const { metadata } = props as { metadata?: { name?: string } };
        return type === 'kubernetes:apps/v1:Deployment' && metadata?.name === 'nivesh-backend'
          ? {
              props: JSON.parse(JSON.stringify(props).replaceAll('-backend-secret', '-backend-secrets')) as object,
              opts,
            }
          : undefined;
      });
      return await staging();
    });
    await expect(stack.preview({ policyPacks: [pack] })).rejects.toThrow(
      /secret-not-made: .*Deployment nivesh\/nivesh-backend needs Secret nivesh\/nivesh-backend-secrets .* fix: did you mean nivesh-backend-secret\?$/,
    );
  });

  it('accepts a Secret that its configuration says is made elsewhere', async () => {
    const stacks = await TestStacks.on(platform);
    const stack = await stacks.open('elsewhere', ({ onCluster }) => {
      const spec = { containers: [{ name: 'x', image: 'x' }], imagePullSecrets: [{ name: 'registry' }] };
      new kubernetes.core.v1.Pod('pulls', { metadata: { namespace: 'shop', name: 'pulls' }, spec }, onCluster);
      return undefined;
    });
    await expect(stack.preview({ policyPacks: [pack] })).rejects.toThrow('needs Secret shop/registry (image pull)');
    await stack.preview({ policyPacks: [pack], policyPackConfigs: [config] });
  });

  it('judges what is known in a preview, and the rest when it is made', async () => {
    const stacks = await TestStacks.on(platform);
    const stack = await stacks.open('unknown', ({ onCluster, onVault }) => {
      const made = new vault.Mount('made', { path: 'made', type: 'kv' }, onVault);
      const pod = (name: pulumi.Input<string>): kubernetes.types.input.core.v1.PodTemplateSpec => ({
        metadata: { labels: { app: 'x' } },
        spec: { containers: [{ name: 'x', image: 'x', envFrom: [{ secretRef: { name } }] }] },
      });
      const annotations = { 'pulumi.com/skipAwait': 'true' };
      const spec = {
        selector: { matchLabels: { app: 'x' } },
        template: pod(made.accessor.apply((accessor) => accessor.replace('_', '-'))),
      };
      const later = { namespace: 'default', name: 'later', annotations };
      new kubernetes.apps.v1.Deployment('later', { metadata: later, spec }, onCluster);
      return undefined;
    });
    await stack.preview({ policyPacks: [pack] });
    await expect(stack.up({ policyPacks: [pack] })).rejects.toThrow(
      /secret-not-made: .*Deployment default\/later needs Secret default\/kv-[0-9a-f]+ \(variables\)/,
    );
    await stack.destroy();
  });
});
