// Tables of the access log: each read of personal data with its reader, operation and time, and the persons it showed.
import { Field, ID, ObjectType } from 'type-graphql';
import { Entity, Index } from 'typeorm';
import { Instant, Key, OptionalText, Text } from '../database/columns';
import { DateTimeScalar } from '../graphql/scalars';
import { EVERY_KIND, OfPerson, OfSubject } from './person';

@Entity()
@OfSubject<DataAccess>('subject', {})
@Index(['occurredAt', 'id'])
@Index(['subject', 'occurredAt'])
@ObjectType({
  description: 'One operation that showed data of persons (lượt truy cập dữ liệu cá nhân).',
  simpleResolvers: true,
})
export class DataAccess {
  @Field(() => ID, { description: 'Its id, which `node` does not accept (mã định danh).' })
  @Key()
  id!: string;

  @Field(() => String, {
    nullable: true,
    description: "The subject of the reader's token; null for a caller without one (người truy cập).",
  })
  @OptionalText()
  subject!: string | null;

  @Field(() => String, {
    description: 'Kind, name and root fields of the operation, as in `query Staff { officials }` (thao tác).',
  })
  @Text()
  operation!: string;

  @Field(() => String, {
    nullable: true,
    description: "The request, to find it in the server's log (mã yêu cầu).",
  })
  @OptionalText()
  requestId!: string | null;

  @Field(() => DateTimeScalar, { description: 'When (thời điểm).' })
  @Instant()
  occurredAt!: Date;
}

/** The persons that a read showed. No foreign keys: the log outlives the records it refers to. */
@Entity()
@OfPerson<DataAccessPerson>({
  person: EVERY_KIND,
  owner: 'personId',
  erase: 'keep',
  export: { within: 'reads' },
  audit: [],
})
@Index(['personId', 'accessId'])
export class DataAccessPerson {
  @Key()
  accessId!: string;

  /** A person of any kind; the column has the name of the first. */
  @Key({ name: 'official_id' })
  personId!: string;
}

export const entities = [DataAccess, DataAccessPerson];
