import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { type Environment, type ExternalSecretsDelivery, usesExternalSecrets } from '../../../../lib/catalog';
import { findProject, loadEnvironments, selectEnvironment } from '../../../../lib/cli/project';
import type { KubernetesObject } from '../../../../lib/kubernetes/client';
import { packageRoot } from '../../../../lib/package-root';
import { installPackage } from '../../../support/compiled-package';
import { filesUnder } from '../canaries';

/** Reference of the image that the project's rotator runs in, and of the one that its workload runs in. */
export const images = { rotator: 'shop/secrets:1.0.0', web: 'shop/web:1.0.0' } as const;

/** Where the platform of a project is. */
export interface ProjectPlace {
  readonly vaultAddress: string;
  /** PEM of Vault's authority. */
  readonly vaultCa: string;
  readonly auditLog: string;
  /** `host:port` of Redis, as pods reach it. */
  readonly redis: string;
  /** URL of the npm registry that its owner uses. */
  readonly registry: string;
}

const environmentsModule = (place: ProjectPlace): string => `import {
  defineCatalog,
  defineEnvironment,
  externalSecrets,
  host,
  manual,
  overlap,
  password,
  randomHex,
  redisAcl,
  url,
  username,
  vaultSecret,
  workload,
} from 'nivesh-secrets';

const place = ${JSON.stringify(place, undefined, 2)};

const redis = vaultSecret('shop/redis', {
  password: password(40, { rotation: redisAcl({ user: 'default', every: '1s' }) }),
});
const web = vaultSecret('shop/web', { jwt_secret: randomHex(32, { rotation: overlap({ window: '1d', every: '365d' }) }) });
const administrator = vaultSecret('shop/administrator', {
  username: username('admin'),
  password: password(40, { rotation: manual('by hand') }),
});

const shop = defineCatalog({
  name: 'shop',
  workloads: {
    'shop-web': workload({
      namespace: 'shop',
      env: {
        REDIS_PASSWORD: redis.password,
        JWT_SECRET: web.jwt_secret,
        JWT_SECRET_PREVIOUS: web.jwt_secret.previous,
      },
    }),
  },
});

export const environments = [
  defineEnvironment('staging', {
    catalog: shop,
    hosts: { redis: place.redis },
    rotation: {
      namespace: 'shop',
      image: '${images.rotator}',
      // Not while a test runs.
      schedule: '0 0 29 2 *',
      env: { REDIS_ADMIN_URL: url\`redis://\${administrator.username}:\${administrator.password}@\${host('redis', 6379)}\` },
    },
    delivery: externalSecrets({
      vault: {
        address: place.vaultAddress,
        ca: { type: 'certificate', pem: place.vaultCa },
        audit: [
          { name: 'file', filePath: place.auditLog },
          { name: 'stdout', filePath: 'stdout' },
        ],
      },
    }),
  }),
];
`;

const manifestsModule = `import { ApiObject } from 'cdk8s';
import { EnvironmentChart, ManifestApp } from 'nivesh-secrets/kubernetes';
import { environments } from './environments';

const labels = { app: 'shop-web' };
const container = {
  name: 'main',
  image: '${images.web}',
  env: [{ name: 'PORT', value: '8080' }],
  readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
};
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'shop-web', namespace: 'shop' },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    template: {
      metadata: { labels },
      spec: {
        terminationGracePeriodSeconds: 1,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [container],
      },
    },
  },
};

const app = new ManifestApp();
for (const environment of environments) {
  const addWorkloads = (chart, delivery) => {
    delivery.secretOf('shop-web').wire(new ApiObject(chart, 'shop-web', deployment));
  };
  new EnvironmentChart(app, environment.name, { environment, addWorkloads });
}
app.synth();
`;

/** What the project installs beside this package, to make its manifests. */
const ownPackages = ['cdk8s', 'tsx'];

/** A user's project: a catalog, an environment that rotates on schedule, and the manifests of it. */
export class RotatorProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'rotator-project-'));

  constructor(place: ProjectPlace) {
    this.#write('package.json', JSON.stringify({ name: 'shop', 'nivesh-secrets': { environments: 'environments' } }));
    this.#write('.npmrc', `registry=${place.registry}\n`);
    this.#write('environments.ts', environmentsModule(place));
    this.#write('manifests.ts', manifestsModule);
    this.#write('cdk8s.yaml', 'language: typescript\napp: node --require tsx/cjs manifests.ts\noutput: dist\n');
    installPackage(this.folder);
    for (const name of ownPackages) {
      symlinkSync(packageFolder(name), join(this.folder, 'node_modules', name));
    }
  }

  get environment(): Environment<ExternalSecretsDelivery> {
    const environment = selectEnvironment(loadEnvironments(findProject(this.folder)), 'staging');
    if (!usesExternalSecrets(environment)) {
      throw new Error('not delivered from Vault');
    }
    return environment;
  }

  /** The objects that `cdk8s synth` writes, the namespace first. */
  synthesize(): KubernetesObject[] {
    const cdk8s = join(packageRoot(), 'node_modules/.bin/cdk8s');
    execFileSync(cdk8s, ['synth', '--check-upgrade=false'], { cwd: this.folder, stdio: 'pipe' });
    const folder = join(this.folder, 'dist/staging');
    const objects = filesUnder(folder).map((file) => parse(readFileSync(file, 'utf8')) as KubernetesObject);
    return objects.sort((a, b) => Number(b.kind === 'Namespace') - Number(a.kind === 'Namespace'));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #write(name: string, text: string): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), text);
  }
}

export function packageFolder(name: string): string {
  return realpathSync(join(packageRoot(), 'node_modules', name));
}
