// GraphQL input fields of a decision: its number and its day, for the records that it decides.
import { Field } from 'type-graphql';
import { DateScalar } from '../../graphql/scalars';
import { Words } from '../../graphql/validation';

/** Decorates the field of an input with the number of a decision. @param what which decision, for the schema. */
export function DecisionNumber(what: string): PropertyDecorator {
  return (target, property) => {
    const description = `Number of ${what}; null for none (số quyết định).`;
    Field(() => String, { nullable: true, description })(target, property);
    Words(100, { optional: true })(target, property);
  };
}

/** Decorates the field of an input with the day of a decision. @param what which decision, for the schema. */
export const DecidedOn = (what: string): PropertyDecorator =>
  Field(() => DateScalar, {
    nullable: true,
    description: `Day of ${what}, today at the latest; null for none (ngày quyết định).`,
  });
