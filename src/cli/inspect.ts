import { createReadStream } from 'node:fs';
import { type Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { LineSplitter } from '../storage/lineSplitter';
import { type Command } from './command';
import { readCommandLine, refuseUnknown } from './commandLine';
import { inspectLine, inspectText } from './inspectLine';
import { type CliOutput } from './output';
import { printable } from './printable';

const OPTIONS = { jsonl: { type: 'boolean' } } as const;

/** Bytes of one line, or of a text that is looked at as a whole. */
const MAX_BYTES = 67_108_864;

/** Something was found, or a line could not be read. */
const EXIT_FOUND = 1;

/**
 * Inspection as a command. Exit 0 where nothing would be quoted, 1 where something would be; with `--jsonl` 1 where a line
 * could not be read; 2 where the file cannot be.
 */
export function inspectRoom(stdin: Readable): readonly Command[] {
	return [
		{
			name: 'inspect',
			help: `  inspect [--jsonl] [FILE]             looks for instruction-shaped and hidden text in a file or in stdin, as it is done
                                       with what servers send; --jsonl reads lines of {id, text, kind} and writes
                                       lines of {id, flagged, severity, score, findings}`,
			async run(args, out) {
				refuseUnknown(args, OPTIONS);
				const { positionals } = parseArgs({
					args: [...args],
					allowPositionals: true,
					strict: false,
					options: OPTIONS,
				});
				const named = readCommandLine(args, positionals.length === 0 ? [] : ['FILE'], OPTIONS);
				const [file] = named.operands;
				const source = file === undefined ? stdin : createReadStream(file);
				return await (named.values.jsonl === true ? inspectLines : inspectWhole)(source, out);
			},
		},
	];
}

async function inspectLines(source: Readable, out: CliOutput): Promise<number> {
	const splitter = new LineSplitter({ offset: 0, lines: 0 }, MAX_BYTES);
	let code = 0;
	const answer = (lines: ReturnType<LineSplitter['push']>): void => {
		for (const { line, text } of lines) {
			if (typeof text === 'string' && text.trim() === '') {
				continue;
			}
			const outcome = typeof text === 'string' ? inspectLine(text) : { problem: `is ${text.unreadable}` };
			if ('answer' in outcome) {
				out.stdout(outcome.answer);
			} else {
				code = EXIT_FOUND;
				out.stderr(`inspect: line ${String(line)} ${outcome.problem}`);
			}
		}
	};
	for await (const chunk of source) {
		answer(splitter.push(chunk as Buffer));
	}
	answer(splitter.end());
	return code;
}

async function inspectWhole(source: Readable, out: CliOutput): Promise<number> {
	const chunks: Buffer[] = [];
	let length = 0;
	for await (const chunk of source) {
		length += (chunk as Buffer).length;
		if (length > MAX_BYTES) {
			throw new RangeError(`the text is longer than ${String(MAX_BYTES)} bytes`);
		}
		chunks.push(chunk as Buffer);
	}
	const text = Buffer.concat(chunks).toString('utf8');
	const { flagged, score, findings } = inspectText(text);
	out.stdout(
		flagged
			? `would be quoted, score ${score.toFixed(2)}`
			: findings.length > 0
				? `would pass with a label, score ${score.toFixed(2)}`
				: 'nothing found',
	);
	for (const { severity, kind, rule, span, advice } of findings) {
		const line = text.slice(0, span.start).split('\n').length;
		const place = `line ${String(line)}, characters ${String(span.start)} to ${String(span.end)}`;
		out.stdout(printable(`${severity}: ${place}: ${kind}, ${rule}: ${advice}`));
	}
	return flagged ? EXIT_FOUND : 0;
}
