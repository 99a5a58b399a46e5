// Theses of the sample: problems of the unit that sent the learner (fact 3); the texts are invented.
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

/** No thesis, or none recorded. */
export const NO_THESIS: SampleThesis = {
  columns: { thesisKind: null, thesisTitle: null, thesisLocalProblem: null, thesisUnitId: null },
  topics: [],
};

const readThemes = () => readData<'title' | 'problem' | 'topics' | 'measure' | 'need'>('theses.csv');
const titleAt = (place: UnitRow, title: string): string => title.replace('{place}', place.name);

/** Theses about one unit in random order, each title once. */
export function makeTheses(random: Random, place: UnitRow): SampleThesis[] {
  const themes = readThemes();
  return random.draw(themes, themes.length).map(({ title, problem, topics }) => ({
    columns: {
      // An executive master's is application-oriented, so its final work is a project.
      thesisKind: ThesisKind.PROJECT,
      thesisTitle: titleAt(place, title),
      thesisLocalProblem: `${place.name}: ${problem}.`,
      thesisUnitId: place.id,
    },
    topics: words(topics),
  }));
}

/**
 * An initiative about the problem of a thesis. Its words differ from those of the thesis: initiatives are public, and a
 * sentence of the thesis would identify its author.
 */
export function proposalFrom(thesisTitle: string, place: UnitRow): { title: string; localProblem: string } {
  const { measure, need } = readThemes().find(({ title }) => titleAt(place, title) === thesisTitle)!;
  return { title: measure, localProblem: `${place.name}: ${need}.` };
}
