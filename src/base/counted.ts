/** A number with its noun: `1 call`, `2 calls`. For nouns that take a plain `s`. */
export function counted(count: number, noun: string): string {
	return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
