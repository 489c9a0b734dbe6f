import {
  type Catalog,
  defineCatalog,
  defineEnvironment,
  type Environment,
  externalSecrets,
  type ExternalSecretsDelivery,
  type FieldReference,
  password,
  postgresUrl,
  randomHex,
  username,
  vaultSecret,
  workload,
  type WorkloadDeclaration,
} from '../../../lib/catalog';

/** Services of one team, which share a namespace and the team's database, cache and broker. */
export interface Team {
  readonly name: string;
  readonly services: readonly string[];
}

const servicesOfTeam = 10;

/** Names of the fields, and of the variables, that each service has of its own; five more are its team's. */
export const ownFields = Array.from({ length: 15 }, (_, index) => `token_${String(index).padStart(2, '0')}`);

/** As many services as asked for, in teams of ten. */
export function makeTeams(services: number): Team[] {
  return Array.from({ length: Math.ceil(services / servicesOfTeam) }, (_, team) => {
    const size = Math.min(servicesOfTeam, services - team * servicesOfTeam);
    const name = `team-${String(team).padStart(3, '0')}`;
    return { name, services: Array.from({ length: size }, (__, service) => `${name}-service-${service}`) };
  });
}

/** Each service reads twenty variables: fifteen of its own, five of its team's. */
export function workloadsOf(teams: readonly Team[]): Record<string, WorkloadDeclaration> {
  return Object.fromEntries(
    teams.flatMap(({ name: namespace, services }) => {
      const postgres = vaultSecret(`${namespace}/postgres`, { username: username('app'), password: password(40) });
      const redis = vaultSecret(`${namespace}/redis`, { password: password(40) });
      const kafka = vaultSecret(`${namespace}/kafka`, { password: password(40) });
      return services.map((name): [string, WorkloadDeclaration] => {
        const own = vaultSecret(
          `${namespace}/${name}`,
          Object.fromEntries(ownFields.map((field) => [field, randomHex(32)])),
        );
        const env = {
          ...Object.fromEntries(Object.entries(own).map(([field, value]) => [field.toUpperCase(), value])),
          DATABASE_URL: postgresUrl({
            user: postgres.username,
            password: postgres.password,
            host: 'postgres',
            database: 'app',
          }),
          DATABASE_USER: postgres.username,
          DATABASE_PASSWORD: postgres.password,
          REDIS_PASSWORD: redis.password,
          KAFKA_PASSWORD: kafka.password,
        } satisfies Record<string, FieldReference | ReturnType<typeof postgresUrl>>;
        return [name, workload({ namespace, env })];
      });
    }),
  );
}

/** A catalog of as many services as asked for. */
export function catalogOf(services: number): Catalog {
  return defineCatalog({ name: 'bench', workloads: workloadsOf(makeTeams(services)) });
}

/** A catalog delivered from Vault by the operator. */
export function environmentOf(catalog: Catalog): Environment<ExternalSecretsDelivery> {
  return defineEnvironment('production', {
    catalog,
    delivery: externalSecrets({
      vault: {
        address: 'https://vault.bench.internal:8200',
        ca: { type: 'system' },
        audit: [
          { name: 'file', filePath: '/vault/audit/audit.log' },
          { name: 'stdout', filePath: 'stdout' },
        ],
        auth: { reviewer: 'in-cluster' },
      },
    }),
  });
}
