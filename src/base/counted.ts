/** `1 server`, `2 servers`; `many` for a noun that does not only take an `s`. */
export function counted(count: number, noun: string, many = `${noun}s`): string {
	return `${String(count)} ${count === 1 ? noun : many}`;
}
