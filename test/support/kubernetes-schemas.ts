import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { Manifest } from '../../lib/kubernetes';
import { type CustomResourceDefinition, readDefinitions } from '../../tools/crd';
import { goModuleFolder } from '../../tools/go-module';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly $ref?: string;
  readonly [keyword: string]: unknown;
}

interface KindSchema extends Schema {
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
}

const kinds = ['ClusterSecretStore', 'SecretStore', 'ExternalSecret', 'SealedSecret'];
const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const intOrString = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';

/** The definitions that the embedded platform's operators serve, from their pinned modules. */
export function pinnedDefinitions(): CustomResourceDefinition[] {
  const files = [
    join(goModuleFolder('external-secrets'), 'deploy/crds/bundle.yaml'),
    join(goModuleFolder('sealed-secrets'), 'helm/sealed-secrets/crds/bitnami.com_sealedsecrets.yaml'),
  ];
  return files.flatMap((file) => readDefinitions(file, kinds));
}

/** The definitions of the newest releases of the operators, read in place. */
export function newestDefinitions(): CustomResourceDefinition[] {
  const file = join(__dirname, '../../../shared/crds/crds.yaml');
  if (!existsSync(file)) {
    throw new Error(`${file} is missing; put the folder "shared" beside the checkout of this repository`);
  }
  return readDefinitions(file, kinds);
}

/**
 * Says what the API server would refuse, and what it would drop without a word: fields that a schema does not have.
 * Built-in kinds are those of the pinned Kubernetes module.
 */
export class ManifestValidator {
  private readonly ajv = new Ajv({ strict: false, allErrors: true, inlineRefs: false, validateSchema: false });
  private readonly schemas = new Map<string, Schema>();
  private readonly compiled = new Map<string, ValidateFunction>();

  constructor(definitions: readonly CustomResourceDefinition[]) {
    addFormats(this.ajv);
    this.addBuiltInKinds();
    for (const { spec } of definitions) {
      for (const { name, schema } of spec.versions) {
        this.schemas.set(`${spec.group}/${name} ${spec.names.kind}`, customKind(schema.openAPIV3Schema));
      }
    }
  }

  private addBuiltInKinds(): void {
    const file = join(goModuleFolder('kubernetes'), 'api/openapi-spec/swagger.json');
    const { definitions } = JSON.parse(readFileSync(file, 'utf8')) as { definitions: Record<string, KindSchema> };
    const closed = Object.entries(definitions).map(([name, schema]) => [
      name,
      name === intOrString ? { type: ['integer', 'string'] } : closeSchema(schema),
    ]);
    this.ajv.addSchema({ $id: 'kubernetes', definitions: Object.fromEntries(closed) as Record<string, Schema> });
    for (const [name, schema] of Object.entries(definitions)) {
      for (const { group, version, kind } of schema['x-kubernetes-group-version-kind'] ?? []) {
        const apiVersion = group === '' ? version : `${group}/${version}`;
        this.schemas.set(`${apiVersion} ${kind}`, { $ref: `kubernetes#/definitions/${name}` });
      }
    }
  }

  /** `Kind name /path: what is wrong`; empty for an object that is stored as it is. */
  problemsOf(object: Manifest): string[] {
    const { apiVersion, kind, metadata } = object;
    const key = `${apiVersion} ${kind}`;
    const schema = this.schemas.get(key);
    if (!schema) {
      return [`${kind} ${metadata.name}: no kind ${key} is known`];
    }
    const validate = this.compiled.get(key) ?? this.ajv.compile(schema);
    this.compiled.set(key, validate);
    validate(object);
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${kind} ${metadata.name} ${instancePath}: ${message ?? ''} ${JSON.stringify(params)}`,
    );
  }
}

/** The object as the API server stores it: with the defaults of its definition. */
export function withDefaults(object: Manifest, definitions: readonly CustomResourceDefinition[]): Manifest {
  const { apiVersion, kind } = object;
  const versions = definitions
    .filter(({ spec }) => spec.names.kind === kind)
    .flatMap(({ spec }) => spec.versions.filter(({ name }) => `${spec.group}/${name}` === apiVersion));
  const [version] = versions;
  if (!version) {
    throw new Error(`no definition of ${apiVersion} ${kind} is known`);
  }
  const stored = JSON.parse(JSON.stringify(object)) as Manifest;
  fillIn(version.schema.openAPIV3Schema)(stored);
  return stored;
}

/** Compiling one of these schemas takes half a second. */
const fillers = new WeakMap<Schema, ValidateFunction>();

function fillIn(schema: Schema): ValidateFunction {
  let filler = fillers.get(schema);
  if (!filler) {
    const ajv = new Ajv({ strict: false, useDefaults: true, validateSchema: false });
    addFormats(ajv);
    filler = ajv.compile(schema);
    fillers.set(schema, filler);
  }
  return filler;
}

/** Definitions leave metadata to the API server. */
function customKind(schema: Schema): Schema {
  const closed = closeSchema(schema);
  return {
    ...closed,
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: { ...closed.properties, metadata: { $ref: `kubernetes#/definitions/${objectMeta}` } },
  };
}

/** The same schema, without any field that it does not name. */
function closeSchema(schema: Schema): Schema {
  const { properties, items, additionalProperties, $ref } = schema;
  const isOpen =
    properties === undefined ||
    additionalProperties !== undefined ||
    schema['x-kubernetes-preserve-unknown-fields'] === true;
  return {
    ...schema,
    ...($ref === undefined ? {} : { $ref: $ref.replace('#/definitions/', 'kubernetes#/definitions/') }),
    ...(items === undefined ? {} : { items: closeSchema(items) }),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: closeSchema(additionalProperties) } : {}),
    ...(isOpen ? {} : { additionalProperties: false }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(Object.entries(properties).map(([name, below]) => [name, closeSchema(below)])),
        }),
  };
}
