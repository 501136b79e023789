/** Fills placeholders (`{0}`, `{1}`…) in one go: what an argument holds is never read as a placeholder. */
export function fillIn(text: string, ...args: readonly (string | number)[]): string {
	return text.replaceAll(/\{(\d+)\}/g, (whole, index) => String(args[Number(index)] ?? whole));
}
