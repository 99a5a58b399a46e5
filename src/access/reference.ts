// References: the id of another record, declared once for its column, its foreign key, and the field that shows the record.
import type { GraphQLField, GraphQLSchema } from 'graphql';
import { isObjectType } from 'graphql';
import { type ClassType, Extensions, Field } from 'type-graphql';
import { ForeignKey } from 'typeorm';
import { Text } from '../database/columns';
import type { Node } from '../graphql/node';
import type { Reader } from '../graphql/reader';
import type { Shown } from './scope';

type Target = ClassType<Node> & { shown?: Shown };

interface ReferenceOptions {
  /** The field of the schema that shows the record; there is none when left out. */
  as?: string;
  description?: string;
  /** There may be no such record: the column is nullable, and so is the field. */
  optional?: boolean;
  /**
   * The record may be out of the caller's reach: then the field is null. Left out where whoever sees this record sees
   * that one, too.
   */
  hidden?: boolean;
}

interface ReferenceExtension {
  reference?: { target: () => Target; id: string };
}

/** What has to be known of an operation to read a record for its caller. */
interface ReferenceContext {
  reader: Reader;
  findShown(entity: ClassType<Node> & { shown: Shown }, id: string | null): Promise<Node | null>;
}

/** Marks a property as the id of another record. */
export function Reference(
  target: () => Target,
  { as, description, optional = false, hidden = false }: ReferenceOptions = {},
): PropertyDecorator {
  return (prototype, property) => {
    Text({ nullable: optional })(prototype, property);
    ForeignKey(target)(prototype, property);
    if (!as) return;
    Field(target, { nullable: optional || hidden, description })(prototype, as);
    Extensions({ reference: { target, id: property } })(prototype, as);
  };
}

/** Gives the field of every reference its resolver: a record that is `shown` to some is read through that rule alone. */
export function resolveReferences(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    const fields = Object.values(type.getFields()) as GraphQLField<
      Record<string, string | null>,
      ReferenceContext
    >[];
    for (const field of fields) {
      const { reference } = field.extensions as ReferenceExtension;
      if (reference)
        field.resolve = (record, _args, ctx) => read(ctx, reference.target(), record[reference.id]!);
    }
  }
}

/** A foreign key points to a record that exists, so that null means that there is none or that it is hidden. */
function read(ctx: ReferenceContext, target: Target, id: string | null): Promise<Node | null> {
  const { shown } = target;
  if (shown) return ctx.findShown(Object.assign(target, { shown }), id);
  return id === null ? Promise.resolve(null) : ctx.reader.get(target, id);
}
