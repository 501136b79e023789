import { errorText } from '../base/errors';
import { type TouchedFile } from '../domain/audit/auditRecord';
import { MaskedPlaces } from '../domain/audit/maskedPlaces';
import { type CallFacts } from '../domain/policy/facts';
import { type Draft } from './ending';
import { type Judgement } from './judge';
import { type PathContext } from './pathContext';
import { type FirewallPorts } from './ports';
import { sentOf } from './sentRequest';

/** Files of one call that are looked at, and names that are resolved to find them. */
const MAX_FILES = 8;
const MAX_NAMES = 32;
/** Milliseconds that all looks before a call, and all looks after it, may take; what is not read by then is `unread`. */
const LOOK_MS = 250;

const UNREAD = 'unread';
const ABSENT = 'absent';

/** The files of one call, from before it was handed on. */
export interface FileWatch {
	/** Resolves when all of them were looked at, at most {@link LOOK_MS} later. Never rejects. */
	readonly seen: Promise<unknown>;
	/** Looks again, and notes for the entry what became of them; nothing where the call was not sent. Never rejects. */
	note(draft: Draft): Promise<void>;
}

/** Begins to watch what a call that writes names on this machine's disk (A7); undefined for other calls. */
export function watchFiles({ ports }: Pick<PathContext, 'ports'>, { facts }: Judgement): FileWatch | undefined {
	const { fileState } = ports;
	if (fileState === undefined || !mayChangeFiles(facts.capability) || facts.paths.length === 0) {
		return undefined;
	}
	const files = filesOf(ports, facts);
	const look = () => inTime(ports, files, fileState);
	const seen = look();
	return {
		seen,
		async note(draft) {
			if (sentOf(draft)?.released !== false) {
				return;
			}
			const [named, before] = await Promise.all([files, seen]);
			const after = named.length === 0 ? [] : await look();
			const touched = named.map(({ shown }, index) => ({
				path: shown,
				before: before[index] ?? UNREAD,
				after: after[index] ?? UNREAD,
			}));
			// Of the places that one name can stand for, those where nothing is nor was tell nothing.
			const there = touched.filter(file => file.before !== ABSENT || file.after !== ABSENT);
			const kept: readonly TouchedFile[] = there.length > 0 ? there : touched;
			if (kept.length > 0) {
				draft.touched = kept;
			}
		},
	};
}

/** Files and repositories; whatever else says that it writes or deletes, and names a path; what nobody knows. */
function mayChangeFiles(capability: string): boolean {
	const [, action] = capability.split('.');
	return action === undefined || action === 'write' || action === 'delete';
}

interface NamedFile {
	/** Canonical, links resolved. */
	readonly path: string;
	readonly shown: string;
}

/** Never rejects. */
async function filesOf({ paths, logger }: FirewallPorts, facts: CallFacts): Promise<readonly NamedFile[]> {
	try {
		const places = new MaskedPlaces(facts);
		const names = facts.paths
			.filter(({ problem }) => problem === undefined)
			.flatMap(fact => fact.candidates.map(candidate => ({ fact, candidate })))
			.slice(0, MAX_NAMES);
		const real = await Promise.all(names.map(({ candidate }) => paths.realPath(candidate)));
		const found = new Map<string, NamedFile>();
		for (const [index, { fact }] of names.entries()) {
			const path = real[index];
			if (path !== undefined && !found.has(path) && found.size < MAX_FILES) {
				found.set(path, { path, shown: places.text(fact, path) });
			}
		}
		return [...found.values()];
	} catch (error) {
		logger.error(`The files of a call could not be told: ${errorText(error)}`);
		return [];
	}
}

/** The state of each file. Never rejects, and is never late: a file on a dead network disk does not answer at all. */
async function inTime(
	{ clock, logger }: FirewallPorts,
	files: Promise<readonly NamedFile[]>,
	fileState: NonNullable<FirewallPorts['fileState']>,
): Promise<readonly string[]> {
	const late = new AbortController();
	const over = new Promise<void>(resolve => {
		late.signal.addEventListener('abort', () => resolve());
	});
	const timer = clock.schedule(LOOK_MS, () => late.abort());
	const states: string[] = [];
	try {
		const looks = files.then(named =>
			Promise.all(
				named.map(async ({ path }, index) => {
					const state = await fileState(path, late.signal);
					if (!late.signal.aborted) {
						states[index] = state;
					}
				}),
			),
		);
		await Promise.race([looks, over]);
	} catch (error) {
		logger.error(`The files of a call could not be read: ${errorText(error)}`);
	} finally {
		timer.dispose();
		late.abort();
	}
	return states;
}
