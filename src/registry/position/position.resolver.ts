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
    may: 'position.add',
    does: 'Adds a position to the list (thêm chức danh).',
    takes: [AddPositionInput, 'The position (đầu vào).'],
    gives: { position: [Position, 'The position; null when refused (chức danh).'] },
    answers: 'The position that was added (kết quả).',
    tells: ['position.added'],
  }),
  mutation(revisePosition, {
    may: 'position.revise',
    does: 'Revises a position of the list (sửa chức danh).',
    takes: [RevisePositionInput, 'What changes (đầu vào).'],
    gives: { position: [Position, 'The position; null when refused (chức danh).'] },
    answers: 'The position as revised (kết quả).',
    tells: ['position.revised'],
  }),
];
