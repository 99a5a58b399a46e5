// Position: a post or title that officials hold at units. Table and GraphQL type.
import { Field, ObjectType } from 'type-graphql';
import { Index, Column, Entity } from 'typeorm';
import { OptionalText, Text } from '../../database/columns';
import { Version } from '../../events/revision';
import { Node } from '../../graphql/node';

@Entity()
@ObjectType({ implements: Node, description: 'A post or title (chức danh, chức vụ).', simpleResolvers: true })
export class Position extends Node {
  static readonly idPrefix = 'position';

  @Field(() => String, { description: 'Short code, unique (mã chức danh).' })
  @Text({ unique: true })
  code!: string;

  /** The code as codes are compared, whatever case and width. */
  @OptionalText()
  @Index()
  codeKey!: string | null;

  @Field(() => String, { description: 'The title, e.g. "Bí thư Đảng ủy" (tên chức danh).' })
  @Text()
  title!: string;

  @Field(() => String, { nullable: true, description: 'The title in English (tên tiếng Anh).' })
  @OptionalText()
  titleEn!: string | null;

  @Field(() => Boolean, { description: 'Whether it is a key post (chức danh chủ chốt).' })
  @Column({ type: 'boolean' })
  isKey!: boolean;

  @Version()
  version!: number;
}

export const entities = [Position];
