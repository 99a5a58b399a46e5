// Several processes on one database give the same figures by unit and category, and hide the same ones.
import { Role } from '../../src/access/policy';
import { giveTheClockBack, takeTheClock, turnTheDay } from '../support/clock';
import { startTestServer, type TestServer } from '../support/server';
import { folderOfItsOwn, removeFolders } from '../support/starts';
import { newClass, newUnit } from '../support/world';

let nodes: TestServer[];
beforeAll(async () => {
  takeTheClock();
  const folder = folderOfItsOwn();
  nodes = [await startTestServer({ folder }), await startTestServer({ folder })];
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await removeFolders();
  giveTheClockBack();
});

const BY_UNIT = '{ trainingStatistics(groupBy: UNIT) { groups { key participations asOf } } }';
const seen = () =>
  Promise.all(
    nodes.map(async (node) => {
      const { data } = await node.ask(BY_UNIT, {}, { as: Role.VIEWER });
      return data.trainingStatistics.groups;
    }),
  );

it('two processes release the figures of the same day, though both release at once and one writes meanwhile', async () => {
  const city = (await newUnit(nodes[0]!)).id;
  const wards = [];
  for (let i = 0; i < 6; i++) wards.push((await newUnit(nodes[0]!, { parentId: city })).id);
  for (const [at, hostUnitId] of wards.entries()) await newClass(nodes[0]!, at === 0 ? 2 : 9, { hostUnitId });
  await seen();
  turnTheDay();
  const writing = newClass(nodes[1]!, 7, { hostUnitId: wards[1] });
  const [one, other] = await seen();
  await writing;
  expect(one).toEqual(other);
  expect(await seen()).toEqual([one, one]);
  const of = (key: string) => one.find((group: any) => group.key === key).participations;
  expect(wards.map(of).filter((count) => count === null)).toHaveLength(2);
  expect(wards.map(of).filter((count) => count === 9)).toHaveLength(4);
});
