// Contract with clients: every name, argument, type and nullability written in contract.graphql, which is the clients'
// copy: never edit it to make a test pass.
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DefinitionNode,
  getNamedType,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  Kind,
  parse,
  print,
  printSchema,
} from 'graphql';
import { permissionsOf } from '../../src/access/gate';
import { policy } from '../../src/access/policy';
import { projectRoot } from '../../src/config/project-root';
import { makeSchema } from '../../src/schema';

const schema = makeSchema();
const own = Object.values(schema.getTypeMap()).filter(
  ({ name }) => !name.startsWith('__') && !['String', 'Boolean', 'Int', 'Float', 'ID'].includes(name),
);
const contract = parse(
  readFileSync(join(projectRoot, 'test', 'contract', 'contract.graphql'), 'utf8'),
).definitions;

const KINDS: Partial<Record<DefinitionNode['kind'], (type: unknown) => boolean>> = {
  ObjectTypeDefinition: isObjectType,
  InputObjectTypeDefinition: isInputObjectType,
  InterfaceTypeDefinition: isInterfaceType,
  EnumTypeDefinition: isEnumType,
  ScalarTypeDefinition: isScalarType,
};

/** What of one definition of the contract the schema does not keep. */
function breaches(definition: DefinitionNode): string[] {
  if (!('name' in definition) || !definition.name) return [`unreadable: ${print(definition)}`];
  const name = definition.name.value;
  const type = schema.getType(name);
  if (!type) return [`${name} is missing`];
  if (!KINDS[definition.kind]?.(type)) return [`${name} is no ${definition.kind}`];
  const found: string[] = [];
  if ('interfaces' in definition) {
    for (const { name: wanted } of definition.interfaces ?? []) {
      const interfaces = (type as GraphQLObjectType).getInterfaces().map((each) => each.name);
      if (!interfaces.includes(wanted.value)) found.push(`${name} does not implement ${wanted.value}`);
    }
  }
  if (definition.kind === Kind.ENUM_TYPE_DEFINITION && isEnumType(type)) {
    for (const { name: value } of definition.values ?? [])
      if (!type.getValue(value.value)) found.push(`${name}.${value.value} is missing`);
  }
  if ('fields' in definition) {
    for (const wanted of definition.fields ?? []) {
      const path = `${name}.${wanted.name.value}`;
      const field = (type as GraphQLObjectType).getFields()[wanted.name.value];
      if (!field) found.push(`${path} is missing`);
      else {
        if (String(field.type) !== print(wanted.type)) found.push(`${path}: ${String(field.type)}`);
        if (wanted.kind === Kind.INPUT_VALUE_DEFINITION && wanted.defaultValue) {
          // TypeScript cannot tell from the AST's kind that the type is an input, whose fields have defaults.
          const { defaultValue } = field as unknown as GraphQLArgument;
          if (String(defaultValue) !== print(wanted.defaultValue))
            found.push(`${path} = ${String(defaultValue)}`);
        }
        if (wanted.kind === Kind.FIELD_DEFINITION) {
          for (const { name: argument, type: argumentType } of wanted.arguments ?? []) {
            const has = field.args.find((each) => each.name === argument.value);
            if (String(has?.type) !== print(argumentType))
              found.push(`${path}(${argument.value}): ${String(has?.type)}`);
          }
          for (const { name: extra, type: extraType, defaultValue } of field.args)
            if (String(extraType).endsWith('!') && defaultValue === undefined)
              if (!wanted.arguments?.some((each) => each.name.value === extra))
                found.push(`${path}(${extra}) is new and required`);
        }
      }
    }
  }
  if (definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) {
    for (const field of Object.values((type as GraphQLInputObjectType).getFields()))
      if (String(field.type).endsWith('!') && field.defaultValue === undefined)
        if (!definition.fields?.some((each) => each.name.value === field.name))
          found.push(`${name}.${field.name} is new and required`);
  }
  return found;
}

const fieldsOf = (type: GraphQLNamedType): (GraphQLField<unknown, unknown> | GraphQLInputField)[] =>
  isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)
    ? Object.values(type.getFields())
    : [];

describe('the contract', () => {
  it('is all there to be compared', () => {
    expect(contract.length).toBeGreaterThanOrEqual(90);
    expect(contract.map(({ kind }) => kind)).not.toContain('OperationDefinition');
  });

  it.each(contract.map((each) => ['name' in each && each.name ? each.name.value : each.kind, each] as const))(
    'is kept by %s',
    (_name, definition) => {
      expect(breaches(definition)).toEqual([]);
    },
  );

  it('would be found broken: the comparison sees missing, changed and newly required things', () => {
    const changed = parse(`
      type Cohort { code: String, nothing: Int, enrolments(first: Int!, third: Int): EnrolmentConnection! }
      enum CohortStatus { PLANNED LOST }
      input CancelCohortInput { cohortId: ID! }
      input CohortFilter { includeSubunits: Boolean = false }
      type Nowhere { id: ID! }
      input Unit { id: ID! }
      type PageInfo implements Node { startCursor: String }`).definitions;
    expect(changed.flatMap(breaches)).toEqual([
      'Cohort.code: String!',
      'Cohort.nothing is missing',
      'Cohort.enrolments(first): Int',
      'Cohort.enrolments(third): undefined',
      'CohortStatus.LOST is missing',
      'CancelCohortInput.reason is new and required',
      'CohortFilter.includeSubunits = true',
      'Nowhere is missing',
      'Unit is no InputObjectTypeDefinition',
      'PageInfo does not implement Node',
    ]);
  });
});

describe('the schema', () => {
  it('is the committed schema.graphql to the letter, in its order', () => {
    const committed = readFileSync(join(projectRoot, 'schema.graphql'), 'utf8');
    expect(`${printSchema(schema)}\n`).toBe(committed);
  });

  it('describes every type, field, argument, input field and enum value', () => {
    const silent = own.flatMap((type) => [
      ...(type.description ? [] : [type.name]),
      ...fieldsOf(type).flatMap((field) => [
        ...(field.description ? [] : [`${type.name}.${field.name}`]),
        ...('args' in field ? field.args : [])
          .filter(({ description }) => !description)
          .map((argument) => `${type.name}.${field.name}(${argument.name})`),
      ]),
      ...(isEnumType(type) ? type.getValues() : [])
        .filter(({ description }) => !description)
        .map((value) => `${type.name}.${value.name}`),
    ]);
    expect(silent).toEqual([]);
  });

  it('says what null does in every optional field of an input that revises or corrects', () => {
    const revising = own.filter(({ name }) => /^(Revise|Correct)\w+Input$/.test(name));
    expect(revising.length).toBeGreaterThan(10);
    const silent = revising.flatMap((type) =>
      fieldsOf(type)
        .filter((field) => !String(field.type).endsWith('!') && !field.deprecationReason)
        .filter(({ name }) => name !== 'clientMutationId' && name !== 'version')
        .filter(({ description }) => !/\bnull\b/i.test(description ?? ''))
        .map(({ name }) => `${type.name}.${name}`),
    );
    expect(silent).toEqual([]);
  });

  it('names the Vietnamese term in the description of every type and enum value', () => {
    const term = /\([^()]*[^()\s][^()]*\)/;
    const without = own.flatMap((type) => [
      ...(term.test(type.description ?? '') ? [] : [type.name]),
      ...(isEnumType(type) ? type.getValues() : [])
        .filter(({ description }) => !term.test(description ?? ''))
        .map((value) => `${type.name}.${value.name}`),
    ]);
    expect(without).toEqual([]);
  });

  it('asks a permission that the policy knows on every root field', () => {
    const asked = permissionsOf(schema);
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    const fields = roots.flatMap((root) =>
      Object.keys(root!.getFields()).map((field) => `${root!.name}.${field}`),
    );
    expect([...asked.keys()].sort()).toEqual([...fields].sort());
    expect([...asked.values()].filter((permission) => !(permission in policy))).toEqual([]);
    const unused = Object.keys(policy).filter(
      (each) =>
        ![...asked.values(), 'event.identify', 'enrolment.read', 'statistics.reveal'].includes(each as never),
    );
    expect(unused).toEqual([]);
  });

  it('does not start with a root field that asks for nothing', () => {
    const open = makeSchema();
    delete (open.getMutationType()!.getFields().openUnit!.extensions as { permission?: string }).permission;
    expect(() => permissionsOf(open)).toThrow('Mutation.openUnit carries no permission');
    (open.getMutationType()!.getFields().openUnit!.extensions as { permission?: string }).permission =
      'unit.unheard';
    expect(() => permissionsOf(open)).toThrow('Mutation.openUnit carries no permission');
  });

  it('gives every mutation one input with clientMutationId, and a payload with userErrors and cursor', () => {
    const odd = Object.values(schema.getMutationType()!.getFields()).filter((field) => {
      const Name = `${field.name[0]!.toUpperCase()}${field.name.slice(1)}`;
      const input = field.args.map((each) => `${each.name}: ${String(each.type)}`).join();
      const inputFields = (getNamedType(field.args[0]!.type) as GraphQLInputObjectType).getFields();
      const payload = (getNamedType(field.type) as GraphQLObjectType).getFields();
      return !(
        input === `input: ${Name}Input!` &&
        String(field.type) === `${Name}Payload!` &&
        String(inputFields.clientMutationId?.type) === 'String' &&
        String(payload.userErrors?.type) === '[UserError!]!' &&
        String(payload.cursor?.type) === 'EventCursor'
      );
    });
    expect(odd.map(({ name }) => name)).toEqual([]);
  });

  it('gives every enum field of an object type a label beside it, with the same nulls and lists', () => {
    const enumFields = own.flatMap((type) =>
      (isObjectType(type) ? Object.values(type.getFields()) : [])
        .filter((field) => isEnumType(getNamedType(field.type)))
        .map((field) => ({ type: type as GraphQLObjectType, field })),
    );
    expect(enumFields.length).toBeGreaterThan(40);
    const without = enumFields.filter(({ type, field }) => {
      const isList = String(field.type).includes('[');
      const singular = field.name.replace(/ies$/, 'y').replace(/s$/, '');
      const label = type.getFields()[isList ? `${singular}Labels` : `${field.name}Label`];
      const wanted = String(field.type).replace(getNamedType(field.type).name, 'String');
      return String(label?.type) !== wanted || !label?.description;
    });
    expect(without.map(({ type, field }) => `${type.name}.${field.name}`)).toEqual([]);
  });

  it('builds every connection alike', () => {
    const connections = own.filter(({ name }) => name.endsWith('Connection')) as GraphQLObjectType[];
    expect(connections.length).toBeGreaterThanOrEqual(8);
    for (const connection of connections) {
      const node = connection.name.replace(/Connection$/, '');
      const types = Object.values(connection.getFields()).map((each) => `${each.name}: ${String(each.type)}`);
      expect(types.sort()).toEqual([
        'asOf: EventCursor!',
        `edges: [${node}Edge!]!`,
        `nodes: [${node}!]!`,
        'pageInfo: PageInfo!',
        'totalCount: Int!',
        'withheld: Boolean!',
      ]);
      const edge = (schema.getType(`${node}Edge`) as GraphQLObjectType).getFields();
      expect([String(edge.cursor!.type), String(edge.node!.type)]).toEqual(['String!', `${node}!`]);
    }
    const odd = own.flatMap((type) =>
      (isObjectType(type) ? Object.values(type.getFields()) : [])
        .filter((field) => String(field.type).endsWith('Connection!'))
        .filter(({ args }) => {
          const page = args.map((each) => `${each.name}: ${String(each.type)}`);
          return !['first: Int', 'after: String', 'last: Int', 'before: String'].every((each) =>
            page.includes(each),
          );
        })
        .map((field) => `${type.name}.${field.name}`),
    );
    expect(odd).toEqual([]);
  });
});
