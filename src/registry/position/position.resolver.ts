// What can be asked of positions?
import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { May } from '../../access/gate';
import type { Context } from '../../context';
import { write } from '../../events/write';
import { addPosition } from './position.actions';
import { Position } from './position.entity';
import { AddPositionInput, AddPositionPayload } from './position.input';

@Resolver(() => Position)
export class PositionResolver {
  @May('position.read')
  @Query(() => [Position], { description: 'All positions, by code (danh mục chức danh).' })
  async positions(@Ctx() ctx: Context): Promise<Position[]> {
    return ctx.reader.read((manager) => manager.find(Position, { order: { code: 'ASC' } }));
  }

  @May('position.add')
  @Mutation(() => AddPositionPayload, { description: 'Adds a position to the list (thêm chức danh).' })
  addPosition(
    @Arg('input', () => AddPositionInput, { description: 'The position (đầu vào).' }) input: AddPositionInput,
    @Ctx() ctx: Context,
  ): Promise<AddPositionPayload> {
    return write(ctx, AddPositionPayload, input, addPosition);
  }
}
