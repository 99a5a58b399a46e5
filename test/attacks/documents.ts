// Generates random valid documents from the schema: any root field, arguments, fragments, aliases, directives, variables.
import {
  getNamedType,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isEnumType,
  getNullableType,
  isInputObjectType,
  isListType,
  isRequiredArgument,
} from 'graphql';
import type { Chance } from '../faults/chance';
import type { Operation } from './stage';
import type { Values } from './values';

export type Kind = 'query' | 'mutation' | 'subscription';

interface Draft {
  /** Fields that may still be added. */
  left: number;
  variables: Map<string, { type: string; value: unknown }>;
  fragments: string[];
  names: number;
}

/** Signs that a string literal of GraphQL may hold as JSON writes them. */
const PLAIN = /^[\p{L}\p{N}\p{P}\p{Zs}]*$/u;

export class DocumentMaker {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly chance: Chance,
    private readonly values: Values,
  ) {}

  /** A document of one operation; of several root fields, unless it is a subscription. */
  make(kind: Kind = this.anyKind()): Operation & { kind: Kind } {
    const { chance } = this;
    const root = this.rootOf(kind);
    const fields = Object.values(root.getFields());
    const draft: Draft = {
      left: chance.pick([5, 10, 20, 40]),
      ...{ variables: new Map(), fragments: [], names: 0 },
    };
    const count = kind === 'query' && chance.next() < 0.4 ? chance.between(2, 4) : 1;
    const parts = Array.from({ length: count }, () => this.field(chance.pick(fields), draft, 0, true));
    const declared = [...draft.variables].map(([name, { type }]) => `$${name}: ${type}`).join(', ');
    const head = `${kind} Q${declared && `(${declared})`}`;
    const variables = Object.fromEntries([...draft.variables].map(([name, { value }]) => [name, value]));
    return { kind, query: [`${head} { ${parts.join(' ')} }`, ...draft.fragments].join('\n'), variables };
  }

  private anyKind(): Kind {
    const chance = this.chance.next();
    return chance < 0.7 ? 'query' : chance < 0.88 ? 'mutation' : 'subscription';
  }

  private rootOf(kind: Kind): GraphQLObjectType {
    if (kind === 'mutation') return this.schema.getMutationType()!;
    return kind === 'query' ? this.schema.getQueryType()! : this.schema.getSubscriptionType()!;
  }

  private field(field: GraphQLField<unknown, unknown>, draft: Draft, depth: number, named = false): string {
    const { chance } = this;
    draft.left -= 1;
    const args = field.args
      .filter((arg) => isRequiredArgument(arg) || this.isWanted(arg))
      .map((arg) => `${arg.name}: ${this.argument(arg, draft)}`);
    const type = getNamedType(field.type);
    const own = named || args.length > 0 || chance.next() < 0.15;
    const alias = own ? `${chance.next() < 0.03 ? '_'.repeat(90) : 'a'}${draft.names++}: ` : '';
    const given = args.length > 0 ? `(${args.join(', ')})` : '';
    const selected = isCompositeType(type) ? ` { ${this.selection(type, draft, depth + 1)} }` : '';
    return `${alias}${field.name}${given}${depth === 0 ? '' : this.directive(draft)}${selected}`;
  }

  private isWanted({ name }: GraphQLArgument): boolean {
    return this.chance.next() < (/^(last|before|after)$/.test(name) ? 0.06 : 0.5);
  }

  private selection(type: GraphQLCompositeType, draft: Draft, depth: number): string {
    const { chance } = this;
    if (isAbstractType(type)) {
      const possible = chance.shuffle(this.schema.getPossibleTypes(type)).slice(0, 2);
      const parts = possible.map((each) => `... on ${each.name} { ${this.selection(each, draft, depth)} }`);
      return ['__typename', ...parts].join(' ');
    }
    const all = chance.shuffle(Object.values(type.getFields()));
    const simple = all.filter((field) => !isCompositeType(getNamedType(field.type)));
    const deep = all.filter((field) => isCompositeType(getNamedType(field.type)));
    const parts = simple.slice(0, chance.between(1, 4)).map((field) => this.field(field, draft, depth));
    const goOn = type.name.endsWith('Connection') || chance.next() < 0.6;
    for (const field of deep.slice(0, chance.between(1, 2))) {
      if (draft.left > 0 && depth < 9 && goOn) parts.push(this.field(field, draft, depth));
    }
    if (parts.length === 0 || chance.next() < 0.1) parts.push('__typename');
    if (chance.next() > 0.1) return parts.join(' ');
    if (chance.next() < 0.5) return `... on ${type.name}${this.directive(draft)} { ${parts.join(' ')} }`;
    const name = `F${draft.fragments.length}_${draft.names++}`;
    draft.fragments.push(`fragment ${name} on ${type.name} { ${parts.join(' ')} }`);
    return `...${name}`;
  }

  private directive(draft: Draft): string {
    const { chance } = this;
    if (chance.next() > 0.05) return '';
    const name = chance.pick(['include', 'skip']);
    if (chance.next() < 0.5) return ` @${name}(if: ${chance.next() < 0.5})`;
    return ` @${name}(if: ${this.variable('Boolean!', chance.next() < 0.5, draft)})`;
  }

  private argument({ name, type }: GraphQLArgument, draft: Draft): string {
    const value = this.values.of(type, name);
    const literal = this.chance.next() < 0.4 ? literalOf(type, value) : null;
    return literal ?? this.variable(String(type), value, draft);
  }

  private variable(type: string, value: unknown, draft: Draft): string {
    const name = `v${draft.names++}`;
    draft.variables.set(name, { type, value });
    return `$${name}`;
  }
}

/** A value as a document has it; null for one that is better sent as a variable. */
export function literalOf(type: GraphQLInputType, value: unknown): string | null {
  const bare = getNullableType(type);
  if (value === null || value === undefined) return 'null';
  if (isListType(bare) && Array.isArray(value)) {
    const parts = value.map((each) => literalOf(bare.ofType, each));
    return parts.includes(null) ? null : `[${parts.join(', ')}]`;
  }
  if (isInputObjectType(bare)) {
    const fields = bare.getFields();
    const parts = Object.entries(value).map(([name, each]) => {
      const literal = literalOf(fields[name]!.type, each);
      return literal === null ? null : `${name}: ${literal}`;
    });
    return parts.includes(null) ? null : `{ ${parts.join(', ')} }`;
  }
  if (typeof value === 'string' && !isEnumType(bare)) {
    return value.length < 200 && PLAIN.test(value) ? JSON.stringify(value) : null;
  }
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}
