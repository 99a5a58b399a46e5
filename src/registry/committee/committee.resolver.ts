// GraphQL fields of committee members, by committee and by document.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { OnDay } from '../../graphql/filters';
import type { Context } from '../../operation/context';
import { mutation } from '../../events/mutation';
import { holdsOn } from '../../lib/dates';
import { rowsBy } from '../../graphql/reader';
import { Document } from '../document/document.entity';
import { Unit } from '../unit/unit.entity';
import { addCommitteeMember, correctCommitteeMember, endCommitteeMember } from './committee.actions';
import { CommitteeMember } from './committee.entity';
import {
  AddCommitteeMemberInput,
  CorrectCommitteeMemberInput,
  EndCommitteeMemberInput,
} from './committee.input';

/** All members by committee or by document, past and future ones included, by first day. */
const membersBy = (side: 'committeeId' | 'documentId') => rowsBy(CommitteeMember, side, ['validFrom', 'id']);
const [membersOf, byMandate] = [membersBy('committeeId'), membersBy('documentId')];

@Resolver(() => Unit)
export class UnitCommitteeMembersResolver {
  @FieldResolver(() => [CommitteeMember], {
    description: 'Its members, when it is a committee: of all times, or of one day (thành viên ban chỉ đạo).',
  })
  async committeeMembers(
    @Root() unit: Unit,
    @OnDay('Only those of this day, on which the committee and their own unit exist (vào ngày).')
    on: string | null,
    @Ctx() ctx: Context,
  ): Promise<CommitteeMember[]> {
    const members = (await ctx.reader.load(membersOf, unit.id)) ?? [];
    if (on == null) return members;
    const units = await Promise.all(members.map(({ unitId }) => ctx.reader.get(Unit, unitId)));
    return members.filter((member, i) => holdsOn(member, on) && holdsOn(unit, on) && holdsOn(units[i]!, on));
  }
}

@Resolver(() => Document)
export class DocumentCommitteesResolver {
  @FieldResolver(() => [Unit], {
    description: 'Committees with members by this mandate, each once (ban chỉ đạo).',
  })
  async committees(@Root() document: Document, @Ctx() ctx: Context): Promise<Unit[]> {
    const members = (await ctx.reader.load(byMandate, document.id)) ?? [];
    const ids = new Set(members.map(({ committeeId }) => committeeId));
    return Promise.all([...ids].map((id) => ctx.reader.get(Unit, id)));
  }
}

const memberField = {
  member: { type: CommitteeMember, description: 'The member; null when refused (thành viên).' },
} as const;

export const resolvers = [
  UnitCommitteeMembersResolver,
  DocumentCommitteesResolver,
  mutation(addCommitteeMember, {
    permission: 'member.add',
    description: 'Puts the holder of a position on a committee (thêm thành viên ban chỉ đạo).',
    input: { type: AddCommitteeMemberInput, description: 'Which position, on which (đầu vào).' },
    payload: { description: 'The member that was added (kết quả).', fields: memberField },
    events: ['member.added'],
  }),
  mutation(correctCommitteeMember, {
    permission: 'member.correct',
    description:
      'Corrects a member of a committee that was entered wrongly (đính chính thành viên ban chỉ đạo).',
    input: { type: CorrectCommitteeMemberInput, description: 'What was wrong, and why (đầu vào).' },
    payload: { description: 'The member as corrected (kết quả).', fields: memberField },
    events: ['member.corrected'],
  }),
  mutation(endCommitteeMember, {
    permission: 'member.end',
    description: 'Ends a membership (kết thúc tư cách thành viên ban chỉ đạo).',
    input: { type: EndCommitteeMemberInput, description: 'Which member (đầu vào).' },
    payload: { description: 'The member whose membership ends (kết quả).', fields: memberField },
    events: ['member.ended'],
  }),
];
