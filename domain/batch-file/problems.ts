import type { CsvSource, FileFinding } from '../csv';
import type { BatchFileRestaurant } from './schema';

/** What is wrong with a file, where. In CSV `column` counts cells, in JSON characters; a menu's problems name its file. */
export interface BatchFileProblem extends FileFinding {
  file: string;
}

/** A restaurant and where it stands. */
export interface Placed {
  restaurant: BatchFileRestaurant;
  line: number;
  column: number;
}

export interface Reading {
  restaurants: Placed[];
  problems: BatchFileProblem[];
}

/** Gives a menu file's content by the path that the row names, or says why it cannot. */
export type ReadMenu = (path: string) => Promise<CsvSource | { problem: BatchFileProblem }>;
