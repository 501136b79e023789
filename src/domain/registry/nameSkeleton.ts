import { fold } from '../inspection/normalise';

/** What a hurried reader takes for one another, besides what {@link fold} knows; longer ones first. */
const TAKEN_FOR: readonly (readonly [RegExp, string])[] = [
	[/rn/g, 'm'],
	[/vv/g, 'w'],
	[/cl/g, 'd'],
	[/0/g, 'o'],
	[/[1i|!]/g, 'l'],
	[/5/g, 's'],
	[/8/g, 'b'],
];

/** A name without case and without what stands between its words: `readFile` and `read_file` are one. */
export function plainName(name: string): string {
	return fold(name.slice(0, 256)).text.replaceAll(/[\s_\-./:]+/g, '');
}

/** What is left of a name for a hurried reader: names of one skeleton can be taken for one another. Attacker-controlled. */
export function nameSkeleton(name: string): string {
	return TAKEN_FOR.reduce((text, [pattern, by]) => text.replaceAll(pattern, by), plainName(name));
}

/** True when one character put in, left out, replaced, or two neighbours swapped makes one text of the other. */
export function isOneEdit(left: string, right: string): boolean {
	const [short, long] = left.length <= right.length ? [left, right] : [right, left];
	if (short === long || long.length - short.length > 1) {
		return false;
	}
	let at = 0;
	while (at < short.length && short[at] === long[at]) {
		at++;
	}
	const [restShort, restLong] = [short.slice(at), long.slice(at)];
	if (short.length < long.length) {
		return restShort === restLong.slice(1);
	}
	const swapped = restShort[0] === restLong[1] && restShort[1] === restLong[0];
	return restShort.slice(1) === restLong.slice(1) || (swapped && restShort.slice(2) === restLong.slice(2));
}
