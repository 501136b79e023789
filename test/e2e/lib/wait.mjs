import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds a step may take. A loaded machine of two cores is several times slower than an idle one; waiting costs nothing. */
export const patience = 60_000;

/**
 * Asks again until the answer is truthy, and returns it.
 *
 * @template T
 * @param {string} what named in the error when the deadline passes
 * @param {() => T | Promise<T>} check an error counts as "not yet" and is told at the end
 * @param {number} [timeoutMs]
 * @returns {Promise<NonNullable<T>>}
 */
export async function until(what, check, timeoutMs = patience) {
	const deadline = Date.now() + timeoutMs;
	let last;
	do {
		try {
			const result = await check();
			if (result) return result;
			last = undefined;
		} catch (error) {
			last = error;
		}
		await delay(50);
	} while (Date.now() < deadline);
	throw new Error(`Waited ${timeoutMs / 1000} s for ${what}${last ? `: ${last.message}` : ''}`);
}

/** True when `text` contains the string or matches the expression. */
export function matches(text, pattern) {
	return pattern instanceof RegExp ? pattern.test(text) : text.includes(pattern);
}
