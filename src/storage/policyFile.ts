import { type BigIntStats, closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { sha256Hex } from '../base/digest';
import { errorText } from '../base/errors';
import { inEnglish, type Phrase, phrase } from '../base/phrase';
import { type CompositionLoad, parseComposition } from '../domain/policy/composition';
import { parsePolicy } from '../domain/policy/parsePolicy';
import { type LayerKind, type PolicyLoad, type PolicyProblem } from '../domain/policy/policy';
import { problemAt } from '../domain/policy/policyProblem';
import { READ_AT_ONCE } from './system';

/** A policy larger than this is not read at all. */
const MAX_POLICY_BYTES = 1024 * 1024;

/** One policy file as it was read. */
export interface PolicyFileReading {
	readonly load: PolicyLoad;
	/** The very bytes as text, so that their SHA-256 is the load's digest. Absent where the file could not be read. */
	readonly text?: string;
}

/** The catalogue of compositions as it was read. */
export interface PolicyCatalogueFile {
	readonly load: CompositionLoad;
	/** Absent where the file could not be read. */
	readonly text?: string;
}

/** Tells one state of a file from another without reading it; symlinks are followed. */
export function signOf(facts: BigIntStats): string {
	return [facts.dev, facts.ino, facts.size, facts.mtimeNs, facts.ctimeNs].join(' ');
}

/** The sign of a file whose facts could not be had, such as one that is not there. */
export function signOfTrouble(error: unknown): string {
	return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

/** The sign of a file as it is now. */
export function signNow(file: string): string {
	try {
		return signOf(statSync(file, { bigint: true }));
	} catch (error) {
		return signOfTrouble(error);
	}
}

/** Reads a policy file; undefined when there is none. Other trouble is a load without a policy. Never throws. */
export function readPolicyFile(file: string): PolicyFileReading | undefined {
	const reading = readText(file);
	switch (reading.kind) {
		case 'text':
			return { load: parsePolicy(reading.text, file), text: reading.text };
		case 'missing':
			return undefined;
		case 'unusable':
			return { load: unusable(file, reading.code, reading.said) };
	}
}

/** Reads the catalogue of compositions; one that is missing or unreadable has no compositions and says why. Never throws. */
export function readCatalogue(file: string): PolicyCatalogueFile {
	const reading = readText(file);
	if (reading.kind === 'text') {
		return { load: parseComposition(reading.text, file), text: reading.text };
	}
	const { problems, digest } =
		reading.kind === 'missing' ? missing(file) : unusable(file, reading.code, reading.said);
	return { load: { compositions: undefined, problems, digest, file } };
}

/** What a file that has to be there amounts to while it is not: everything is denied. */
export function missing(file: string, kind?: LayerKind): PolicyLoad {
	const advice = ADVICE.get(kind) ?? phrase('Create it on this machine, or choose a preset.');
	return unusable(file, 'syntax', phrase('The policy file does not exist. {0}', advice));
}

const ADVICE: ReadonlyMap<LayerKind | undefined, Phrase> = new Map([
	[
		'organisation',
		phrase('It was named as the organisation’s policy: put it back, or ask whoever looks after this machine.'),
	],
	['workspace', phrase('It was named as the workspace’s policy: put it back, or start without it.')],
]);

type TextReading =
	| { readonly kind: 'text'; readonly text: string }
	| { readonly kind: 'missing' }
	| { readonly kind: 'unusable'; readonly code: PolicyProblem['code']; readonly said: Phrase };

function readText(file: string): TextReading {
	if (!isAbsolute(file)) {
		return { kind: 'unusable', code: 'syntax', said: phrase('The path of a policy must be absolute.') };
	}
	try {
		const bytes = readRegularFile(file);
		if (bytes === undefined) {
			const said = phrase('The policy must be a regular file of at most 1 MiB.');
			return { kind: 'unusable', code: 'too-large', said };
		}
		// A byte order mark is kept, so that text and bytes have one digest.
		return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
	} catch (error) {
		if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
			return { kind: 'missing' };
		}
		return { kind: 'unusable', code: 'syntax', said: phrase('The policy cannot be read: {0}', errorText(error)) };
	}
}

/** A hostile workspace can put a device or a pipe in the place of a file: neither is read, nor waited for. */
function readRegularFile(file: string): Buffer | undefined {
	const handle = openSync(file, READ_AT_ONCE);
	try {
		const facts = fstatSync(handle);
		return facts.isFile() && facts.size <= MAX_POLICY_BYTES ? readFileSync(handle) : undefined;
	} finally {
		closeSync(handle);
	}
}

function unusable(file: string, code: PolicyProblem['code'], said: Phrase): PolicyLoad {
	const problem = problemAt('error', code, said, { file, line: 1, column: 1 });
	return { policy: undefined, problems: [problem], digest: sha256Hex(`${file}\0${inEnglish(said)}`), file };
}
