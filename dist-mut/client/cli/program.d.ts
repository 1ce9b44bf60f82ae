import { SpellingCommand } from './options.ts';
export declare function createProgram(): SpellingCommand;
