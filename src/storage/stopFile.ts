import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject } from '../base/json';
import { parseJson } from '../base/strictJson';
import { writePrivateFile } from './privateFile';

/** The emergency stop as other processes see it; the editor's own memory is not readable outside of it. */
function stopFile(dataDirectory: string): string {
	return join(dataDirectory, 'emergency-stop.json');
}

/** Tells other processes whether the emergency stop is on. */
export async function writeStop(dataDirectory: string, stopped: boolean): Promise<void> {
	await writePrivateFile(stopFile(dataDirectory), `${JSON.stringify({ version: 1, stopped })}\n`);
}

/** INVARIANT: only a file that says so clearly lets anything run; one that is missing or damaged means stopped. */
export function readStop(dataDirectory: string): boolean {
	return stateIn(dataDirectory) !== false;
}

/** True when the file says that the emergency stop is on; false also where it says nothing. */
export function saysStopped(dataDirectory: string): boolean {
	return stateIn(dataDirectory) === true;
}

function stateIn(dataDirectory: string): boolean | undefined {
	try {
		const parsed = parseJson(readFileSync(stopFile(dataDirectory), 'utf8'), 'strict');
		const stopped = parsed.ok && isJsonObject(parsed.value) ? parsed.value.stopped : undefined;
		return typeof stopped === 'boolean' ? stopped : undefined;
	} catch {
		return undefined;
	}
}
