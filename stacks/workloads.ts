import { Cron, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { type ClusterEnvironment, environmentObjects, type EnvironmentDelivery } from '../lib/kubernetes';
import type { KubernetesObject } from '../lib/kubernetes/client';

/** What differs between Nivesh's containers. Secrets have no place here: they follow from the catalog. */
interface ContainerSettings {
  readonly image: string;
  readonly port?: number;
  readonly memory: Size;
  /** Plain configuration. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folders that the program writes to; everything else is read-only. */
  readonly writable: readonly string[];
}

interface DeploymentSettings extends ContainerSettings {
  readonly port: number;
  readonly replicas: number;
  /** Whether pods get traffic only once their port answers. */
  readonly servesTraffic: boolean;
}

const deployments: Readonly<Record<string, DeploymentSettings>> = {
  'nivesh-backend': {
    image: 'nivesh/backend:1.0.0',
    port: 3000,
    replicas: 2,
    servesTraffic: true,
    memory: Size.mebibytes(256),
    writable: ['/tmp'],
    env: {
      NODE_ENV: 'production',
      PORT: '3000',
      POSTGRES_HOST: 'postgres',
      POSTGRES_DB: 'nivesh_db',
      REDIS_HOST: 'redis',
      NEO4J_URI: 'bolt://neo4j:7687',
      CLICKHOUSE_HOST: 'clickhouse',
      KAFKA_BROKERS: 'kafka:9092',
      JWT_EXPIRES_IN: '7d',
      JWT_REFRESH_EXPIRES_IN: '30d',
      ENCRYPTION_ALGORITHM: 'aes-256-gcm',
    },
  },
  'nivesh-ml-api': {
    image: 'nivesh/ml-api:1.0.0',
    port: 8000,
    replicas: 2,
    servesTraffic: true,
    memory: Size.mebibytes(512),
    writable: ['/tmp'],
    env: { PORT: '8000', REDIS_HOST: 'redis', CLICKHOUSE_HOST: 'clickhouse' },
  },
  grafana: {
    image: 'nivesh/grafana:1.0.0',
    port: 3000,
    replicas: 1,
    servesTraffic: false,
    memory: Size.mebibytes(128),
    writable: ['/tmp', '/var/lib/grafana'],
    env: { GRAFANA_ADMIN_USER: 'admin' },
  },
  airflow: {
    image: 'nivesh/airflow:1.0.0',
    port: 8080,
    replicas: 1,
    servesTraffic: false,
    memory: Size.mebibytes(256),
    writable: ['/tmp', '/opt/airflow/logs'],
    env: { AIRFLOW_DB_NAME: 'airflow', AIRFLOW_ADMIN_USER: 'admin' },
  },
  alertmanager: {
    image: 'nivesh/alertmanager:1.0.0',
    port: 9093,
    replicas: 1,
    servesTraffic: false,
    memory: Size.mebibytes(64),
    writable: ['/alertmanager'],
  },
  mlflow: {
    image: 'nivesh/mlflow:1.0.0',
    port: 5000,
    replicas: 1,
    servesTraffic: false,
    memory: Size.mebibytes(256),
    writable: ['/tmp'],
  },
};

const backup: ContainerSettings = {
  image: 'nivesh/backup:1.0.0',
  memory: Size.mebibytes(128),
  writable: ['/tmp'],
  env: { POSTGRES_HOST: 'postgres', POSTGRES_DB: 'nivesh_db', MONGODB_HOST: 'mongodb', REDIS_HOST: 'redis' },
};

/** Nivesh's seven workloads, each wired to its Secret. */
export function addWorkloads(scope: Construct, delivery: EnvironmentDelivery): void {
  for (const [name, settings] of Object.entries(deployments)) {
    addDeployment(scope, delivery, name, settings);
  }
  addBackup(scope, delivery);
}

/** The objects of an environment of Nivesh, as `cdk8s synth` writes them, in an order in which they can be applied. */
export function niveshObjects(environment: ClusterEnvironment): KubernetesObject[] {
  return environmentObjects(environment, addWorkloads);
}

function addDeployment(
  scope: Construct,
  delivery: EnvironmentDelivery,
  name: string,
  settings: DeploymentSettings,
): void {
  const secret = delivery.secretOf(name);
  const labels = { 'app.kubernetes.io/name': name };
  const deployment = new kplus.Deployment(scope, name, {
    metadata: { name, namespace: secret.namespace, labels },
    podMetadata: { labels },
    replicas: settings.replicas,
    // A pod goes only after its successor is ready, so that a rotation interrupts nothing.
    strategy: kplus.DeploymentStrategy.rollingUpdate({
      maxUnavailable: kplus.PercentOrAbsolute.absolute(0),
      maxSurge: kplus.PercentOrAbsolute.absolute(1),
    }),
    // The selector cannot be changed later, so it must not depend on where this construct is.
    select: false,
  });
  deployment.select(kplus.LabelSelector.of({ labels }));
  addContainer(deployment, name, settings, settings.servesTraffic);
  secret.wire(deployment);
}

function addBackup(scope: Construct, delivery: EnvironmentDelivery): void {
  const name = 'nivesh-backup';
  const secret = delivery.secretOf(name);
  const labels = { 'app.kubernetes.io/name': name };
  const cronJob = new kplus.CronJob(scope, name, {
    metadata: { name, namespace: secret.namespace, labels },
    podMetadata: { labels },
    schedule: Cron.daily(),
    timeZone: 'Etc/UTC',
    startingDeadline: Duration.minutes(30),
    backoffLimit: 2,
  });
  addContainer(cronJob, name, backup, false);
  secret.wire(cronJob);
}

function addContainer(
  workload: kplus.Workload,
  name: string,
  settings: ContainerSettings,
  hasReadinessProbe: boolean,
): void {
  const { image, port, memory, env = {}, writable } = settings;
  const container = workload.addContainer({
    name,
    image,
    imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
    envVariables: Object.fromEntries(
      Object.entries(env).map(([variable, value]) => [variable, kplus.EnvValue.fromValue(value)]),
    ),
    ...(port === undefined ? {} : { ports: [{ number: port }] }),
    ...(port !== undefined && hasReadinessProbe
      ? { readiness: kplus.Probe.fromTcpSocket({ port, periodSeconds: Duration.seconds(2) }) }
      : {}),
    resources: {
      cpu: { request: kplus.Cpu.millis(20), limit: kplus.Cpu.units(1) },
      memory: { request: memory, limit: memory },
    },
    // What the namespace's Pod Security standard "restricted" asks for.
    securityContext: {
      user: 10001,
      group: 10001,
      ensureNonRoot: true,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: [kplus.Capability.ALL] },
      seccompProfile: { type: kplus.SeccompProfileType.RUNTIME_DEFAULT },
    },
  });
  for (const path of writable) {
    const id = path.replaceAll('/', '-').slice(1);
    container.mount(path, kplus.Volume.fromEmptyDir(workload, `${id}-volume`, id));
  }
}
