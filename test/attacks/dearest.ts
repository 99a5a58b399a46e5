// Makes each root field as expensive as the limits allow: many aliases, pages of 100, texts, selections as deep as they fit.
import {
  getNamedType,
  getNullableType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  parse,
  type OperationDefinitionNode,
} from 'graphql';
import { costOf } from '../../src/operation/cost';
import { LIMITS } from '../../src/config/limits';
import { type Kind, literalOf } from './documents';
import type { Operation } from './stage';
import type { Values } from './values';

export type Form = 'wide' | 'deep';
/** A selection that grows. */
interface Tree {
  [field: string]: Tree | null;
}

const DEEPEST = 13;
const MOST_FIELDS = 90;
const MOST_TRIES = 220;
const NESTED_PAGE = 10;
const LONG_LIST = 200;
const LETTERS = 'abcdefghiklmnopqrstuvxy';

export class Dearest {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly values: Values,
  ) {}

  /** An operation of this field alone. */
  make(kind: Kind, field: GraphQLField<unknown, unknown>, form: Form): Operation {
    const budget = kind === 'subscription' ? LIMITS.eventCost : LIMITS.cost;
    const least = this.least(field);
    if (form === 'deep' || kind === 'subscription') {
      const tree = this.grow(kind, field, budget);
      const widest = this.widest(kind, field, tree, budget);
      return { query: this.print(kind, field, tree, kind === 'subscription' ? 1 : widest) };
    }
    return { query: this.print(kind, field, least, this.widest(kind, field, least, budget)) };
  }

  /** As often as it may be asked for. */
  private widest(
    kind: Kind,
    field: GraphQLField<unknown, unknown>,
    tree: Tree | null,
    budget: number,
  ): number {
    const fits = (count: number) => this.fits(this.print(kind, field, tree, count), budget);
    return [100, 80, 60, 40, 30, 20, 12, 8, 5, 3, 2].find(fits) ?? 1;
  }

  private fits(query: string, budget: number): boolean {
    try {
      const document = parse(query, { maxTokens: LIMITS.tokens });
      const cost = costOf(this.schema, document, document.definitions[0] as OperationDefinitionNode, {});
      return cost !== null && 'total' in cost && cost.total <= budget;
    } catch {
      return false; // more tokens than are allowed
    }
  }

  /** The cheapest thing that makes a connection count, or the first fields that need no more. */
  private least(field: GraphQLField<unknown, unknown>): Tree | null {
    const type = getNamedType(field.type);
    if (!isCompositeType(type)) return null;
    if (!isObjectType(type)) return { __typename: null };
    const fields = Object.values(type.getFields());
    const counted = fields.find(({ name }) => name === 'totalCount');
    const simple = counted ?? fields.find((each) => !isCompositeType(getNamedType(each.type)));
    return { [simple?.name ?? '__typename']: null };
  }

  /** Adds one field after the other, level by level, as long as it fits. */
  private grow(kind: Kind, field: GraphQLField<unknown, unknown>, budget: number): Tree | null {
    const root = getNamedType(field.type);
    if (!isCompositeType(root)) return null;
    const tree: Tree = { __typename: null };
    const open: { type: GraphQLCompositeType; at: Tree; depth: number }[] = [
      { type: root, at: tree, depth: 2 },
    ];
    let [tries, fields] = [0, 0];
    for (let here = open.shift(); here && tries < MOST_TRIES && fields < MOST_FIELDS; here = open.shift()) {
      if (isAbstractType(here.type) && !('getFields' in here.type)) continue;
      const candidates = Object.values(
        (here.type as unknown as { getFields(): Record<string, GraphQLField<unknown, unknown>> }).getFields(),
      );
      // What is nested first: it is what costs.
      candidates.sort(
        (a, b) =>
          Number(isCompositeType(getNamedType(b.type))) - Number(isCompositeType(getNamedType(a.type))),
      );
      for (const each of candidates) {
        const type = getNamedType(each.type);
        if (each.args.some(isRequiredArgument) || (isCompositeType(type) && here.depth >= DEEPEST)) continue;
        const below: Tree | null = isCompositeType(type) ? { __typename: null } : null;
        here.at[each.name] = below;
        tries += 1;
        if (!this.fits(this.print(kind, field, tree, 1), budget)) {
          delete here.at[each.name];
          continue;
        }
        fields += 1;
        if (below && isCompositeType(type)) open.push({ type, at: below, depth: here.depth + 1 });
      }
    }
    return tree;
  }

  private print(kind: Kind, field: GraphQLField<unknown, unknown>, tree: Tree | null, count: number): string {
    const parts = Array.from(
      { length: count },
      (_, i) => `a${i}: ${field.name}${this.given(field, i)}${this.selected(getNamedType(field.type), tree)}`,
    );
    return `${kind} { ${parts.join(' ')} }`;
  }

  private selected(type: unknown, tree: Tree | null): string {
    if (!tree) return '';
    const fields = isObjectType(type) ? type.getFields() : {};
    const parts = Object.entries(tree).map(([name, below]) => {
      const field = fields[name];
      const page = field?.args.some((arg) => arg.name === 'first') ? `(first: ${NESTED_PAGE})` : '';
      return `${name}${page}${field ? this.selected(getNamedType(field.type), below) : ''}`;
    });
    return ` { ${parts.join(' ')} }`;
  }

  /** Arguments that ask for the most; each alias asks for something else, so that nothing is answered twice. */
  private given(field: GraphQLField<unknown, unknown>, turn: number): string {
    const parts = field.args.flatMap(({ name, type }) => {
      if (/^(last|after|before)$/.test(name)) return [];
      const value = this.most(type, name === 'id' ? `${field.name}Id` : name, turn, 0);
      const literal = value === undefined ? null : literalOf(type, value);
      return literal === null ? [] : `${name}: ${literal}`;
    });
    return parts.length > 0 ? `(${parts.join(', ')})` : '';
  }

  private most(type: GraphQLInputType, name: string, turn: number, depth: number): unknown {
    const bare = getNullableType(type);
    if (name === 'first') return 100;
    if (isListType(bare)) {
      if (isEnumType(getNamedType(bare))) return undefined; // each one narrows
      const length = name === 'ids' ? 100 : depth > 1 ? 2 : LONG_LIST / 2;
      return depth > 0 && !isInput(bare.ofType) && name !== 'officialIds'
        ? undefined
        : Array.from({ length }, (_, i) => this.most(bare.ofType, name, turn + i, depth + 1));
    }
    if (isEnumType(bare)) return bare.getValues()[turn % bare.getValues().length]!.name;
    if (isInputObjectType(bare)) {
      const isFilter = bare.name.endsWith('Filter');
      const fields = Object.values(bare.getFields()).filter(
        (each) => isRequiredInputField(each) || (isFilter ? each.name === 'text' : depth < 2),
      );
      return Object.fromEntries(
        fields.flatMap((each) => {
          const value = this.most(each.type, each.name, turn, depth + 1);
          if (value !== undefined) return [[each.name, value]];
          return isRequiredInputField(each) ? [[each.name, this.values.of(each.type, each.name)]] : [];
        }),
      );
    }
    if (bare.name === 'ID') return this.values.id(name);
    if (bare.name === 'String') return name === 'text' ? LETTERS[turn % LETTERS.length] : undefined;
    return undefined;
  }
}

const isInput = (type: GraphQLInputType): boolean => isInputObjectType(getNamedType(type));
