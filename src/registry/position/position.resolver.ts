// GraphQL fields of positions.
import { Ctx, Query, Resolver } from 'type-graphql';
import { May } from '../../access/gate';
import type { Context } from '../../operation/context';
import { mutation } from '../../events/mutation';
import { addPosition, revisePosition } from './position.actions';
import { Position } from './position.entity';
import { AddPositionInput, RevisePositionInput } from './position.input';

@Resolver(() => Position)
export class PositionResolver {
  @May('position.read')
  @Query(() => [Position], { description: 'All positions, by code (danh mục chức danh).' })
  async positions(@Ctx() ctx: Context): Promise<Position[]> {
    return ctx.reader.read((manager) => manager.find(Position, { order: { code: 'ASC' } }));
  }
}

export const resolvers = [
  PositionResolver,
  mutation(addPosition, {
    permission: 'position.add',
    description: 'Adds a position to the list (thêm chức danh).',
    input: { type: AddPositionInput, description: 'The position (đầu vào).' },
    payload: {
      description: 'The position that was added (kết quả).',
      fields: { position: { type: Position, description: 'The position; null when refused (chức danh).' } },
    },
    events: ['position.added'],
  }),
  mutation(revisePosition, {
    permission: 'position.revise',
    description: 'Revises a position of the list (sửa chức danh).',
    input: { type: RevisePositionInput, description: 'What changes (đầu vào).' },
    payload: {
      description: 'The position as revised (kết quả).',
      fields: { position: { type: Position, description: 'The position; null when refused (chức danh).' } },
    },
    events: ['position.revised'],
  }),
];
