/** Actions that change nothing outside the answer. Everything else counts as a side effect. */
const READING = new Set(['read', 'list', 'roots', 'search', 'run', 'get']);

/** Whether a capability can change something in the world; `unknown` can. */
export function hasSideEffects(capability: string): boolean {
	const [, action] = capability.split('.');
	return action === undefined || !READING.has(action);
}
