// What did graduates of a master's write about? Problems of the place that sent them (fact 3); the texts are made up.
import { ThesisKind } from '../registry/graduate/graduate.entity';
import type { Random } from './random';
import { readData, words } from './read-data';
import type { UnitRow } from './units';

/** The columns of a final work, and the codes of its topics. */
export interface SampleThesis {
  columns: {
    thesisKind: ThesisKind | null;
    thesisTitle: string | null;
    thesisLocalProblem: string | null;
    thesisUnitId: string | null;
  };
  topics: string[];
}

/** No final work, or none on record. */
export const NO_THESIS: SampleThesis = {
  columns: { thesisKind: null, thesisTitle: null, thesisLocalProblem: null, thesisUnitId: null },
  topics: [],
};

/** Final works about one place in an order left to chance, each title once. */
export function makeTheses(random: Random, place: UnitRow): SampleThesis[] {
  const themes = readData<'title' | 'problem' | 'topics'>('theses.csv');
  return random.draw(themes, themes.length).map(({ title, problem, topics }) => ({
    columns: {
      // An executive master's is application-oriented, so its final work is a project.
      thesisKind: ThesisKind.PROJECT,
      thesisTitle: title.replace('{place}', place.name),
      thesisLocalProblem: `${place.name}: ${problem}.`,
      thesisUnitId: place.id,
    },
    topics: words(topics),
  }));
}
