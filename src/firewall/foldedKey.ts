/**
 * One spelling for all names that a parser which ignores case takes for the same member (Go's `encoding/json` folds `ſ` and
 * the Kelvin sign as well). Attacker-controlled.
 */
export function foldedKey(key: string): string {
	return key.normalize('NFKC').toLowerCase();
}
