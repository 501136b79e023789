import { isMissing } from '../base/errors';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { Emitter } from '../base/event';
import { isJsonArray, isJsonObject, type JsonValue } from '../base/json';
import { parseJson } from '../base/strictJson';
import { FileSigns } from './fileSigns';
import { writePrivateFile } from './privateFile';

/** What the file of the emergency stop says. */
export type StopState =
	/** `stops`: the ids of the stops that hold. */
	| { readonly kind: 'stopped'; readonly stops: readonly string[] }
	/** `resumed`: the ids of the stops that a person ended. */
	| { readonly kind: 'running'; readonly resumed: readonly string[] }
	| { readonly kind: 'missing' }
	| { readonly kind: 'damaged' };

/** Together with the time that a look takes, well below the second in which a stop has to be everywhere, ms. */
const POLL_MS = 100;
/** A file that is just being replaced may not be there, or not be readable, for a moment on some systems, ms. */
const LOOK_AGAIN_MS = 50;
/** The id of a stop that was written without one. */
const UNNAMED = 'unnamed';
const MAX_IDS = 64;
const ID = /^[0-9A-Za-z-]{1,64}$/;

/** The emergency stop as every window and every other process of this person sees it. */
function stopFile(dataDirectory: string): string {
	return join(dataDirectory, 'emergency-stop.json');
}

/** Tells other windows and processes whether the emergency stop is on; `ids` are those of the stops that this is about. */
export async function writeStop(dataDirectory: string, stopped: boolean, ids: readonly string[] = []): Promise<void> {
	const last = ids.slice(-MAX_IDS);
	const which = last.length === 0 ? {} : stopped ? { stops: last } : { resumed: last };
	await writePrivateFile(stopFile(dataDirectory), `${JSON.stringify({ version: 1, stopped, ...which })}\n`);
}

/** INVARIANT: only a file that says so clearly lets anything run; one that is missing or damaged means stopped. */
export function readStop(dataDirectory: string): boolean {
	return readStopState(dataDirectory).kind !== 'running';
}

/** True when the file says that the emergency stop is on; false also where it says nothing. */
export function saysStopped(dataDirectory: string): boolean {
	return readStopState(dataDirectory).kind === 'stopped';
}

/** What the file says now. Never throws. */
export function readStopState(dataDirectory: string): StopState {
	let text: string;
	try {
		text = readFileSync(stopFile(dataDirectory), 'utf8');
	} catch (error) {
		return isMissing(error) ? { kind: 'missing' } : { kind: 'damaged' };
	}
	const parsed = parseJson(text, 'strict');
	if (!parsed.ok || !isJsonObject(parsed.value)) {
		return { kind: 'damaged' };
	}
	const { stopped, stops, resumed } = parsed.value;
	if (stopped === true) {
		return { kind: 'stopped', stops: stops === undefined ? [UNNAMED] : idsIn(stops) };
	}
	return stopped === false ? { kind: 'running', resumed: idsIn(resumed) } : { kind: 'damaged' };
}

/** Follows the file: what another window or process writes is told within 150 ms. */
export class StopFile implements Disposable {
	private readonly changed = new Emitter<StopState>();
	private readonly signs: FileSigns;
	private again: Disposable | undefined;

	/** Fires with what the file says whenever it may have changed; `missing` and `damaged` only where a second look says so too. */
	readonly onDidChange = this.changed.event;

	constructor(
		private readonly dataDirectory: string,
		private readonly clock: Clock,
	) {
		this.signs = new FileSigns([stopFile(dataDirectory)], clock, () => this.look(), POLL_MS);
	}

	/** What the file says now. */
	state(): StopState {
		return readStopState(this.dataDirectory);
	}

	/** Writes it. Rejects where it cannot be written. */
	write(stopped: boolean, ids: readonly string[]): Promise<void> {
		return writeStop(this.dataDirectory, stopped, ids);
	}

	dispose(): void {
		this.again?.dispose();
		this.signs.dispose();
		this.changed.dispose();
	}

	private look(): void {
		const state = this.state();
		this.again?.dispose();
		if (state.kind === 'stopped' || state.kind === 'running') {
			this.changed.fire(state);
		} else {
			this.again = this.clock.schedule(LOOK_AGAIN_MS, () => this.changed.fire(this.state()));
		}
	}
}

function idsIn(value: JsonValue | undefined): readonly string[] {
	return isJsonArray(value)
		? value
				.filter(id => typeof id === 'string' && ID.test(id))
				.slice(0, MAX_IDS)
				.map(String)
		: [];
}
