// Topic: a subject of programmes, partnerships and theses. Table and GraphQL type.
import { Field, ObjectType } from 'type-graphql';
import { Index, Column, Entity } from 'typeorm';
import { OptionalText, Text } from '../../database/columns';
import { Version } from '../../events/revision';
import { Node } from '../../graphql/node';

@Entity()
@ObjectType({
  implements: Node,
  description: 'A subject: urban management, planning, project management, public finance … (lĩnh vực).',
  simpleResolvers: true,
})
export class Topic extends Node {
  static readonly idPrefix = 'topic';

  @Field(() => String, { description: 'Short code, unique (mã lĩnh vực).' })
  @Text({ unique: true })
  code!: string;

  /** The code as codes are compared, whatever case and width. */
  @OptionalText()
  @Index()
  codeKey!: string | null;

  @Field(() => String, { description: 'Name (tên lĩnh vực).' })
  @Text()
  name!: string;

  @Field(() => String, { nullable: true, description: 'Name in English (tên tiếng Anh).' })
  @OptionalText()
  nameEn!: string | null;

  @Field(() => Boolean, { description: 'Whether the city treats it as a hot field (lĩnh vực ưu tiên).' })
  @Column({ type: 'boolean' })
  isPriority!: boolean;

  @Version()
  version!: number;
}

export const entities = [Topic];
