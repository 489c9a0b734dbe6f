import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { allTools, findVersion, type GoTool, overrideVariable } from '../../../lib/embedded/toolchain/tools';

const tools = Object.values(allTools());
const goTools = tools.filter((tool): tool is GoTool => tool.type === 'go');

describe('findVersion', () => {
  it.each([
    ['Vault v1.21.1, built 2025-11-23T22:35:35Z (cgo)', '1.21.1'],
    ['etcd Version: 3.6.8\nGit SHA: Not provided', '3.6.8'],
    ['Kubernetes v1.36.3', '1.36.3'],
    ['kwok version v0.8.0 go1.26.8 (linux/amd64)', '0.8.0'],
    ['3.248.0', '3.248.0'],
  ])('reads what the real binaries print: %s', (text, version) => {
    expect(findVersion(text)?.text).toBe(version);
  });

  it('finds none in other text', () => {
    expect(findVersion('unknown flag: --version')).toBeUndefined();
  });
});

describe('the tools', () => {
  it.each(goTools.map((tool) => [tool.name, tool] as const))('%s is pinned by a go.mod and go.sum', (_, { folder }) => {
    expect([join(folder, 'go.mod'), join(folder, 'go.sum')].filter((file) => !existsSync(file))).toEqual([]);
  });

  it('tell their versions to the linker where clients read them', () => {
    const flags = (name: 'kube-apiserver' | 'pulumi', version: string): string | undefined => {
      const tool = allTools()[name];
      const found = findVersion(version);
      return tool.type === 'go' && found ? tool.linkFlags(found) : undefined;
    };
    expect(flags('kube-apiserver', '1.36.3')).toMatchInlineSnapshot(
      `"-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3 -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36"`,
    );
    expect(flags('pulumi', '3.248.0')).toMatchInlineSnapshot(
      `"-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=3.248.0"`,
    );
  });

  it.each([
    ['vault', '1.19.0', true],
    ['vault', '1.18.9', false],
    ['vault', '2.0.0', false],
    ['etcd', '3.6.1', true],
    ['etcd', '3.4.23', false],
    ['kube-apiserver', '1.36.0', true],
    ['kube-apiserver', '1.35.9', false],
    ['pulumi', '3.248.9', true],
    ['pulumi', '3.249.0', false],
  ] as const)('takes %s %s from PATH: %s', (name, version, taken) => {
    const pinned = { vault: '1.21.1', etcd: '3.6.8', 'kube-apiserver': '1.36.3', pulumi: '3.248.0' }[name];
    const [found, wanted] = [findVersion(version), findVersion(pinned)];
    expect(found && wanted && allTools()[name].fromPath?.accepts(found, wanted)).toBe(taken);
  });

  it('have variables that replace them', () => {
    expect(tools.map(overrideVariable)).toEqual(
      expect.arrayContaining(['NIVESH_SECRETS_VAULT', 'NIVESH_SECRETS_KUBE_APISERVER', 'NIVESH_SECRETS_HELM']),
    );
  });
});
