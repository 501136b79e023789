import { type PathResolver } from './ports';

/** Most look-ups of real paths for one call: honest calls take one for each path and root, an attack thousands. */
const MAX_LOOKUPS = 512;

/** Most text, in UTF-16 units, that the readings of one call's paths may take. */
const MAX_READING = 524_288;

/** The disk as one call may ask it. */
export interface DiskLook extends Required<PathResolver> {
	/** Notes text that was read. False once it is too much: what follows cannot be told. */
	spend(units: number): boolean;
	/** True when something was not looked at any more. */
	readonly spent: boolean;
}

/**
 * Asks the disk once for each path of a call, and not without end; a throwing resolver is one that cannot tell. What is
 * beyond the budget cannot be told either, so that no call can hide a path behind many others.
 */
export function diskLook(resolver: PathResolver): DiskLook {
	let lookups = 0;
	let units = 0;
	let spent = false;
	return {
		realPath: memo(path => {
			lookups++;
			spent ||= lookups > MAX_LOOKUPS;
			return lookups > MAX_LOOKUPS ? Promise.resolve(undefined) : resolver.realPath(path);
		}),
		identify: memo(async path => (spent ? undefined : resolver.identify?.(path))),
		spend(more) {
			units += more;
			spent ||= units > MAX_READING;
			return units <= MAX_READING;
		},
		get spent() {
			return spent;
		},
	};
}

function memo<T>(ask: (path: string) => Promise<T | undefined>): (path: string) => Promise<T | undefined> {
	const answers = new Map<string, Promise<T | undefined>>();
	return path => {
		const known = answers.get(path);
		if (known !== undefined) {
			return known;
		}
		const answer = Promise.resolve(path)
			.then(ask)
			.catch(() => undefined);
		answers.set(path, answer);
		return answer;
	};
}
