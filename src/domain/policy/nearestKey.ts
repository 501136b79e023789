/** The known key that a typing mistake of at most two edits (or a third of the word) would have made of `written`. */
export function nearestKey(written: string, known: readonly string[]): string | undefined {
	const word = written.slice(0, 64).toLowerCase().replaceAll('-', '_');
	let best: string | undefined;
	let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
	for (const key of known) {
		const distance = editDistance(word, key);
		if (distance < bestDistance) {
			best = key;
			bestDistance = distance;
		}
	}
	return best;
}

/** Levenshtein distance. */
function editDistance(left: string, right: string): number {
	let row = Array.from({ length: right.length + 1 }, (_, index) => index);
	for (let i = 1; i <= left.length; i++) {
		const next = [i];
		for (let j = 1; j <= right.length; j++) {
			const change = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
			next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
		}
		row = next;
	}
	return row[right.length] ?? 0;
}
