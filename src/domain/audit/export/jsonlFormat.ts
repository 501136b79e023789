import { entryLine } from '../chain';
import { type TrailWriter } from './trailFormat';

/**
 * The entries as the trail holds them, one canonical JSON text a line (jsonlines.org): each hash is that of its line. A
 * `verdict` entry stands before the outcome that it announced. It is no journal: entries between may be missing.
 */
export function jsonlFormat(): TrailWriter {
	return {
		begin: () => '',
		add: ({ entries }) => entries.map(entry => `${entryLine(entry)}\n`).join(''),
		end: () => '',
	};
}
