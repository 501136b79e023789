import { type Principal } from '../domain/identity/principal';
import { type RememberedPin } from '../domain/identity/principalPin';
import { quoteForPerson } from './quote';
import { agoText } from './timeText';

/** What a person reads before the identity of a server is forgotten: what is remembered, and what it shows now. `now` in milliseconds. */
export function forgetText(
	name: string,
	remembered: Exclude<RememberedPin, { readonly kind: 'none' }>,
	principal: Principal | undefined,
	now: number,
): { readonly message: string; readonly detail: string } {
	const old =
		remembered.kind === 'damaged'
			? ['Remembered: cannot be read any more.']
			: [
					`Remembered ${agoText(remembered.pin.since * 1000, now)}: ${quoteForPerson(remembered.pin.did, 300)}`,
					`Its key: ${remembered.pin.keyThumbprint}`,
				];
	const shown =
		principal === undefined || principal.pending === true
			? ['It shows now: not known; it does not run, or was not asked yet.']
			: principal.did === undefined
				? ['It shows now: nothing about who it is.']
				: [
						`It shows now: ${quoteForPerson(principal.did, 300)}`,
						`Its key: ${principal.keyThumbprint === undefined ? 'not known' : quoteForPerson(principal.keyThumbprint, 60)}`,
					];
	return {
		message: `Forget who “${quoteForPerson(name, 60)}” was?`,
		detail: [
			...old,
			...shown,
			'',
			'From then on the next identity that it proves counts as its own. Do this only if whoever runs it says that it has changed.',
		].join('\n'),
	};
}
